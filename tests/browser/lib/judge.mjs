/* openssl as the judge of what a page makes. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export function openssl(...args) {
	return execFileSync("openssl", args.map(String),
		{ encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });
}

export function file(content, name = "file") {
	const path = join(mkdtempSync(join(tmpdir(), "ocs-judge-")), name);

	writeFileSync(path, content);
	return path;
}

export async function download(page, act) {
	const [what] = await Promise.all([page.waitForEvent("download"), act()]);

	return { path: await what.path(), name: what.suggestedFilename() };
}

/* A signed message around a request: its signature and that of the request
 * are good, and the signer is trusted. Text of both. */
export function signedRequest(of, path) {
	const inner = file("", "inner.der");

	openssl("cms", "-verify", "-in", path, "-inform", "PEM", "-CAfile",
		of.caPem, "-purpose", "any", "-out", inner, "-binary");
	return { message: openssl("cms", "-cmsout", "-print", "-noout", "-in",
		path, "-inform", "PEM"),
	request: openssl("req", "-in", inner, "-inform", "DER", "-verify",
		"-noout", "-text"),
	publicKey: openssl("req", "-in", inner, "-inform", "DER", "-noout",
		"-pubkey") };
}

/* The certificate of a request, which openssl finds good: its text. */
export function certificate(of, number) {
	const path = file(of.cli("certificate", "show", number, "--pem"), "c.pem");

	openssl("verify", "-CAfile", of.caPem, path);
	return { path, text: openssl("x509", "-in", path, "-noout", "-text"),
		publicKey: openssl("x509", "-in", path, "-noout", "-pubkey") };
}
