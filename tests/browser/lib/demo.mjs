/* A running quickstart folder, and openssl as the judge of what comes out.
 * OCS_BUILD names the build folder, as in tests/integration. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = resolve(fileURLToPath(import.meta.url), "../../../..");
const BUILD = resolve(process.env.OCS_BUILD ?? join(ROOT, "build"));
const CLI = join(BUILD, "opencertsrv");

function run(program, args, options = {}) {
	return execFileSync(program, args.map(String),
		{ encoding: "utf8", stdio: ["pipe", "pipe", "pipe"], ...options });
}

/* The command line of somebody who has no folder of a CA. */
export const enroll = (verb, ...args) => run(CLI, ["enroll", verb, ...args]);

function freePort() {
	return new Promise((done, fail) => {
		const s = createServer().on("error", fail);
		s.listen(0, "127.0.0.1", () => {
			const { port } = s.address();
			s.close(() => done(port));
		});
	});
}

/* Everything lies here, and goes when the tests end. Short: a unix socket's
 * path has at most 107 bytes. */
const TOP = mkdtempSync(join(tmpdir(), "ocs-"));
chmodSync(TOP, 0o755);
const folders = [];
process.on("exit", () => {
	for (const dir of folders)
		spawnSync(CLI, ["stop", dir]);
	rmSync(TOP, { recursive: true, force: true });
});

export async function startDemo(...options) {
	const [https, http] = [await freePort(), await freePort()];
	const dir = join(TOP, `demo${folders.length}`);
	const demo = new Demo(dir, https, http);

	folders.push(dir);
	run(CLI, ["quickstart", demo.dir, "--detach", "--https", https,
		"--http", http, ...options]);
	return demo;
}

export class Demo {
	constructor(dir, https, http) {
		this.dir = dir;
		this.origin = `https://localhost:${https}`;
		this.plain = `http://localhost:${http}`;
		this.home = this.origin + "/certsrv/";
		this.caPem = join(dir, "ca.pem");
	}
	password(name) {
		const lines = readFileSync(join(this.dir, "credentials"), "utf8");
		const line = lines.split("\n").find((l) => l.startsWith(name + " "));
		return line.split(" ")[1];
	}
	cli(...args) {
		return run(CLI, [...args, "--dir", this.dir]);
	}
	json(...args) {
		return JSON.parse(this.cli(...args, "--json"));
	}
	row(number) {
		return this.json("request", "show", number);
	}
	/* Numbers of the requests whose names fit. */
	numbers(search) {
		return this.json("request", "list", "--search", search).rows
			.map((r) => r.id);
	}
	/* What a script of that account is answered. */
	status(name, page = "") {
		return Number(run("curl", ["-s", "-o", "/dev/null", "-w",
			"%{http_code}", "--cacert", this.caPem, "-u",
			`${name}:${this.password(name)}`, this.home + page]));
	}
	setPassword(name, password) {
		const file = join(TOP, "password");
		writeFileSync(file, password + "\n", { mode: 0o600 });
		this.cli("user", "passwd", name, "--new-password-file", file);
	}
	/* A program is away until the returned function is called: the supervisor,
	 * which would start it again, sleeps meanwhile. */
	stopProgram(name) {
		const { pid: supervisor, programs } = this.json("status");
		process.kill(supervisor, "SIGSTOP");
		process.kill(programs.find((p) => p.name === name).pid, "SIGKILL");
		return () => process.kill(supervisor, "SIGCONT");
	}
	/* ... and is there again, for a page that needs the CA, too: the home
	 * page does not. */
	async wake(resume) {
		resume();
		await until(() => this.status("alice", "requests.asp") === 200 &&
			this.healthy());
	}
	healthy() {
		try {
			return Boolean(this.json("request", "list", "--as", "officer"));
		} catch {
			return false;
		}
	}
	/* The supervisor starts a program anew; returns when it answers. */
	async restartProgram(name) {
		const find = () => this.json("status").programs
			.find((p) => p.name === name);
		const before = find().pid;
		process.kill(before, "SIGKILL");
		await until(() => ![0, before].includes(find().pid));
	}
}

/* Polls; an event, not a time, ends the wait. */
export async function until(condition) {
	for (let i = 0; i < 1200; i++) {
		if (await condition())
			return;
		await new Promise((done) => setTimeout(done, 50));
	}
	throw new Error(`waited in vain: ${condition}`);
}

/* A PKCS#10 made by openssl: PEM text. extensions: lines of a section. */
export function makeCsr(subject, extensions = []) {
	const dir = mkdtempSync(join(TOP, "csr-"));
	const config = join(dir, "req.cnf");
	writeFileSync(config, [
		"[req]", "prompt=no", "distinguished_name=dn", "utf8=yes",
		"string_mask=utf8only", ...(extensions.length ? ["req_extensions=ext"] : []),
		"[dn]", "[ext]", ...extensions, ""].join("\n"));
	return run("openssl", ["req", "-new", "-utf8", "-newkey", "ec", "-pkeyopt",
		"ec_paramgen_curve:P-256", "-noenc", "-keyout", join(dir, "key.pem"),
		"-config", config, "-subj", subject]);
}

export function makeKey() {
	return run("openssl", ["genpkey", "-algorithm", "ED25519"]);
}

/* What openssl says about a certificate file: throws unless it verifies. */
export function verify(demo, file) {
	run("openssl", ["verify", "-CAfile", demo.caPem, file]);
	return run("openssl", ["x509", "-in", file, "-noout", "-subject",
		"-ext", "subjectAltName"]);
}
