/* The key modules in Debian's Firefox: every kind of key, the files it is saved to,
 * and the way from the form to the .p12 with the browser restarted in between.
 * openssl judges. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Firefox } from "./lib/firefox.mjs";
import { demo } from "./lib/people.mjs";

const PASSWORD = "Heslo-žluťoučký 9";
const dir = mkdtempSync(join(tmpdir(), "ocs-ff-"));
const firefox = new Firefox();
after(() => firefox.close());
await firefox.start();
let alice = await firefox.person(demo, "alice");

function openssl(...args) {
	return execFileSync("openssl", args.map(String),
		{ encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });
}

function file(name, content) {
	writeFileSync(join(dir, name), content);
	return join(dir, name);
}

/* Key and certificates of a .p12, checked to belong together. */
function judge(path, ...options) {
	const all = file("all.pem", openssl("pkcs12", "-in", path, "-noenc",
		"-passin", `pass:${PASSWORD}`, ...options));

	assert.equal(openssl("pkey", "-in", all, "-pubout"),
		openssl("x509", "-in", all, "-noout", "-pubkey"));
}

/* Runs in the page: a key of that kind, its request, and the .p12 files with
 * certificate, which is made meanwhile by somebody else. */
async function make(kind) {
	const src = document.querySelector("script[type=module]").src;
	const load = (name) => import(src.replace(/[^/]*$/, `keys/${name}.js`));
	const [keys, pkcs10, cms, der] = await Promise.all(
		["keys", "pkcs10", "cms", "der"].map(load));
	const key = await keys.generate(kind);
	const request = await pkcs10.request(key, {
		subject: [["CN", "firefox.example.com"]],
		names: [["dns", "firefox.example.com"]], purposes: [], keyUsage: 1 });

	window.made = { key, load };
	return { pkcs10: der.pem("CERTIFICATE REQUEST", request),
		cmc: der.pem("CMS", await cms.cmc(request, key, { pairs: [] })) };
}

async function save(module, pem, password) {
	const { key, load } = window.made;
	const [der, p12] = await Promise.all(["der", module].map(load));
	const body = await p12.write({ spki: key.spki, name: "Firefox", password,
		certificates: der.unpem("CERTIFICATE", pem),
		pkcs8: new Uint8Array(await crypto.subtle.exportKey("pkcs8",
			key.privateKey)) });

	return der.base64(body);
}

for (const kind of ["rsa-2048", "rsa-3072", "rsa-4096", "p-256", "p-384",
	"p-521", "ed25519"])
	test(`Firefox: a ${kind} key, its requests, its files`, async () => {
		await alice.goto(demo.home + "certrqma.asp");
		const { pkcs10, cmc } = await alice.evaluate(make, kind);
		const request = file("request.pem", pkcs10);
		const ca = file("ca.key", openssl("genpkey", "-algorithm", "EC",
			"-pkeyopt", "ec_paramgen_curve:P-256"));

		assert.match(openssl("req", "-in", request, "-noout", "-verify",
			"-subject"), /firefox\.example\.com/);
		assert.match(openssl("cms", "-in", file("cmc.pem", cmc), "-inform",
			"PEM", "-cmsout", "-print"), /id-cct-PKIData/);
		const certificate = openssl("x509", "-new", "-subj", "/CN=ff", "-CAkey",
			ca, "-CA", file("ca.pem", openssl("req", "-x509", "-new", "-key",
				ca, "-subj", "/CN=judge")), "-force_pubkey",
			file("spki.pem", openssl("req", "-in", request, "-noout",
				"-pubkey")));
		for (const [module, ...options] of [["pkcs12"], ["legacy", "-legacy"]]) {
			const body = await alice.evaluate(save, module, certificate, PASSWORD);
			judge(file("key.p12", Buffer.from(body, "base64")), ...options);
		}
		assert.deepEqual(alice.problems, []);
	});

/* A click that leads to another page. */
async function go(selector, title) {
	await Promise.all([alice.waitForNavigation(), alice.click(selector)]);
	assert.equal(await alice.$eval("h1", (h) => h.innerText), title);
}

test("Firefox: from the form to a .p12, restarted in between", async () => {
	await alice.goto(demo.home + "certrqbi.asp?type=1");
	await alice.type("#cn", "Žofie Nováková");
	await alice.type("#email", "zofie@example.com");
	await alice.waitForSelector("#send:enabled");
	await go("#send", "Certificate Pending");
	const number = /Your Request Id is (\d+)/.exec(await alice.content())[1];
	assert.deepEqual(alice.problems, []);

	await firefox.stop();
	demo.cli("request", "issue", number);
	await firefox.start();
	alice = await firefox.person(demo, "alice");
	await alice.goto(demo.home + "certckpn.asp");
	await go("main form button", "Certificate Issued");
	await alice.waitForSelector("#p12:not([hidden])");
	await alice.type("#p1", PASSWORD);
	await alice.type("#p2", PASSWORD);
	const saved = await firefox.download(() => alice.click("#save"));
	assert.match(saved, /Nov.kov.*\.p12$/);
	judge(saved);
	openssl("verify", "-CAfile", demo.caPem, join(dir, "all.pem"));
	assert.deepEqual(alice.problems, []);
});
