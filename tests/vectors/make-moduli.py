#!/usr/bin/python3
"""make-moduli.py > rsa-moduli.txt - RSA moduli, good ones and weak ones.

Made from the mathematics and the same every time. One a line:

    VERDICT NAME HEX      VERDICT: good, factor, roca, close
"""
import math
import random

rng = random.Random("rsa-moduli")


def is_prime(n):
    if any(n % p == 0 for p in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)):
        return False
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for _ in range(24):
        x = pow(rng.randrange(2, n - 1), d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def prime(bits):
    while True:
        p = rng.getrandbits(bits) | (3 << bits - 2) | 1
        if is_prime(p):
            return p


def prime_from(n):
    n |= 1
    while not is_prime(n):
        n += 2
    return n


def primorial(count):
    product, n, found = 1, 2, 0
    while found < count:
        if all(n % d for d in range(2, math.isqrt(n) + 1)):
            product, found = product * n, found + 1
        n += 1
    return product


def roca_prime(bits, count):
    m = primorial(count)
    low, high = (3 << bits - 2) // m + 1, ((1 << bits) - 1) // m
    while True:
        p = rng.randrange(low, high) * m + pow(65537, rng.getrandbits(200), m)
        if is_prime(p):
            return p


def fermat_rounds(n, most):
    a = math.isqrt(n - 1) + 1
    for i in range(most):
        if math.isqrt(a * a - n) ** 2 == a * a - n:
            return i
        a += 1
    return None


def close(bits, rounds):
    """Primes that Fermat's method meets after about so many rounds."""
    p = prime(bits)
    return p, prime_from(p + math.isqrt(8 * rounds * p))


def show(verdict, name, n):
    weak = fermat_rounds(n, 100) is not None
    assert weak == (verdict == "close"), name
    print(verdict, name, n.to_bytes((n.bit_length() + 7) // 8, "big").hex())


def main():
    for bits in (2048, 3072, 4096):
        show("good", f"random-{bits}", prime(bits // 2) * prime(bits // 2))
    show("good", "random-2056", prime(1028) * prime(1028))
    show("good", "one-roca-prime", roca_prime(1024, 126) * prime(1024))
    for p in (2, 3, 11, 53, 59, 101, 103, 149):
        n = prime(1024) * prime(1023) * p
        show("factor", f"factor-{p}", n)
    show("roca", "roca-2048", roca_prime(1024, 126) * roca_prime(1024, 126))
    show("roca", "roca-3072", roca_prime(1536, 126) * roca_prime(1536, 126))
    show("roca", "roca-4096", roca_prime(2048, 225) * roca_prime(2048, 225))
    p = prime(1024)
    show("close", "square", p * p)
    show("close", "next-prime", p * prime_from(p + 2))
    for rounds in (1, 20, 90):
        show("close", f"round-{rounds}", math.prod(close(1024, rounds)))
    show("close", "round-50-4096", math.prod(close(2048, 50)))
    show("good", "round-110", math.prod(close(1024, 110)))
    show("good", "round-5000", math.prod(close(1024, 5000)))


if __name__ == "__main__":
    main()
