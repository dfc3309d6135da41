/* Every choice of the advanced page, one by one, found where it belongs: in the
 * request as openssl reads it, in the fields beside it, or in the store of the
 * browser when it is the browser's own business. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { enroll, makeCsr, until } from "./lib/demo.mjs";
import { firm, ownTemplate, tell } from "./lib/firm.mjs";
import { download, file, openssl } from "./lib/judge.mjs";
import { demo, headed, numberOn, says, story, text } from "./lib/people.mjs";
import { persistent } from "./lib/chromium.mjs";

const PASS = "a few unrelated words";
const click = (words) => (page) => page.getByText(words, { exact: true }).click();
const choose = (label, option) => (page) =>
	page.getByLabel(label).selectOption(option);
const set = (label, words) => async (page) => {
	const field = page.getByLabel(label, { exact: true });

	if (!await field.isVisible())
		await page.getByText("Friendly name, format, attributes").click();
	await field.fill(words);
};
/* A BMPString of these words: head and content. */
function bmp(words) {
	const body = Buffer.from(words, "utf16le").swap16();

	return Buffer.concat([Buffer.from([0x1e, body.length]), body]);
}

async function open(page, of = demo, query = "") {
	await page.goto(`${of.home}certrqma.asp${query}`);
	await page.locator("#send:enabled").waitFor();
}

/* The fields of the form as they leave the browser. */
async function send(page, button = "#send") {
	const [sent] = await Promise.all([
		page.waitForRequest((r) => r.method() === "POST"),
		page.locator(button).click()]);

	await page.waitForURL(/certfnsh/);
	return Object.fromEntries(new URLSearchParams(sent.postData()));
}

/* The request itself, and what openssl makes of it. */
function read(fields) {
	const path = file(fields.CertRequest, "r.pem");

	return { fields,
		said: openssl("req", "-in", path, "-noout", "-verify", "-text"),
		raw: openssl("asn1parse", "-in", path),
		der: Buffer.from(fields.CertRequest.replace(/-----[^-]+-----|\s/g,
			""), "base64") };
}

function stored(page) {
	return page.evaluate(() => new Promise((done) => {
		const r = indexedDB.open("certsrv", 1);
		r.onsuccess = () => {
			const all = r.result.transaction("keys")
				.objectStore("keys").getAll();
			all.onsuccess = () => done(all.result.map((k) => ({
				label: k.label, extractable: k.extractable,
				inBrowser: k.privateKey?.extractable,
				wrapped: Boolean(k.wrapped) })));
		};
	}));
}

/* choice, what to do, what must be seen. */
const OPTIONS = [
	["provider: this browser", click("P-256"), ({ raw, der }) => {
		assert.match(raw, /1\.3\.6\.1\.4\.1\.311\.13\.2\.2/);
		assert.ok(der.includes(bmp("this browser (WebCrypto)")));
	}],
	["size: RSA 2048", click("RSA 2048"), ({ said }) =>
		assert.match(said, /Public-Key: \(2048 bit\)/)],
	["size: RSA 3072", click("RSA 3072"), ({ said }) =>
		assert.match(said, /Public-Key: \(3072 bit\)/)],
	["size: RSA 4096", click("RSA 4096"), ({ said }) =>
		assert.match(said, /Public-Key: \(4096 bit\)/)],
	["kind: P-521", click("P-521"), ({ said }) =>
		assert.match(said, /P-521/)],
	["kind: Ed25519", click("Ed25519"), ({ said }) =>
		assert.match(said, /ED25519/)],
	["hash: SHA-384", choose("Hash algorithm", "SHA-384"), ({ said }) =>
		assert.match(said, /sha384WithRSAEncryption/)],
	["hash: SHA-512", choose("Hash algorithm", "SHA-512"), ({ said }) =>
		assert.match(said, /sha512WithRSAEncryption/)],
	["usage: exchange", choose("Key usage", "exchange"), ({ said, raw }) => {
		assert.match(said, /Key Usage: critical\s+Key Encipherment\n/);
		assert.match(raw, /13\.2\.2[^\n]*\n[^\n]*\n[^\n]*\n[^\n]*INTEGER +:01/);
	}],
	["usage: signature", choose("Key usage", "signature"), ({ said, raw }) => {
		assert.match(said, /Key Usage: critical\s+Digital Signature\n/);
		assert.match(raw, /13\.2\.2[^\n]*\n[^\n]*\n[^\n]*\n[^\n]*INTEGER +:02/);
	}],
	["usage: both", choose("Key usage", "both"), ({ said }) => assert.match(
		said, /Key Usage: critical\s+Digital Signature, Key Encipherment\n/)],
	["usage of a curve: exchange", async (page) => {
		await click("P-256")(page);
		await choose("Key usage", "exchange")(page);
	}, ({ said }) => assert.match(said, /Key Usage: critical\s+Key Agreement\n/)],
	["exportable", click("P-256"), async (r, page) => assert.deepEqual(
		(await stored(page))[0].extractable, true)],
	["not exportable", async (page) => {
		await click("P-256")(page);
		await page.getByLabel(/exportable/).uncheck();
	}, async (r, page) => {
		const [key] = await stored(page);
		assert.equal(key.extractable, false);
		assert.equal(key.inBrowser, false, "the browser itself refuses");
	}],
	["strong protection", async (page) => {
		await click("P-256")(page);
		await page.getByLabel(/strong protection/).check();
		await page.getByLabel("Passphrase", { exact: true }).fill(PASS);
		await page.getByLabel("The same again").fill(PASS);
	}, async (r, page) => assert.equal((await stored(page))[0].wrapped, true)],
	["local computer store", (page) =>
		page.getByLabel(/store of the local computer/).check(),
	({ fields }) => assert.equal(fields.TargetStoreFlags, "131072")],
	["friendly name", set("Friendly name", "my host"),
		async ({ fields }, page) => {
			assert.equal(fields.FriendlyType, "my host");
			assert.equal((await stored(page))[0].label, "my host");
		}],
	["attributes", set("Attributes", "Department:IT\nTicket: 7:8"),
		({ fields, der }) => {
			assert.equal(fields.CertAttrib,
				"Department:IT\r\nTicket:7:8");
			for (const words of ["Department", "IT", "Ticket", "7:8"])
				assert.ok(der.includes(bmp(words)), words);
		}],
	["type: time stamp", choose("Type of certificate needed",
		{ label: "Time stamp signing" }),
	({ said }) => assert.match(said, /Time Stamping/)],
	["type: IPsec", choose("Type of certificate needed", { label: "IPsec" }),
		({ said }) => assert.match(said, /1\.3\.6\.1\.5\.5\.7\.3\.17|ipsec/i)],
	["format: PKCS #10", set("Friendly name", ""), ({ fields }) =>
		assert.match(fields.CertRequest, /^-----BEGIN CERTIFICATE REQUEST/)],
];

for (const [name, act, judge] of OPTIONS)
	story(`option: ${name}`, async (crowd) => {
		const alice = await crowd.person("alice");

		await open(alice);
		await alice.getByLabel("Common name (required)").fill("opt.example");
		await act(alice);
		const r = read(await send(alice));
		await judge(r, alice);
		/* And it is what the CA has. */
		const kept = demo.cli("request", "show", await numberOn(alice), "--pem");
		assert.equal(read({ CertRequest: kept }).raw, r.raw);
	});

story("option: a line that is no attribute is not lost", async (crowd) => {
	const alice = await crowd.person("alice");

	await open(alice);
	await alice.getByLabel("Common name (required)").fill("opt.example");
	await set("Attributes", "Department IT")(alice);
	await alice.locator("#send").click();
	await says(alice, /Each line is a name, a colon and a value/);
});

story("option: an existing key, whose own kind and hash count",
	async (crowd) => {
		const alice = await crowd.person("alice");

		await open(alice);
		await alice.getByLabel("Common name (required)").fill("one.example");
		await click("P-384")(alice);
		const first = read(await send(alice));
		await open(alice);
		await alice.getByLabel("Common name (required)").fill("two.example");
		await alice.getByText("Use a key that is kept").click();
		const second = read(await send(alice));
		const key = (r) => /pub:[\s0-9a-f:]+/.exec(r.said)[0];
		assert.equal(key(first), key(second));
		assert.match(second.said, /Key Usage: critical\s+Digital Signature, Key Agreement\n/);
		assert.equal((await stored(alice)).length, 1);
	});

tell("option: CMC, with the template and attributes in it", async (crowd) => {
	const alice = await crowd.person("alice");

	await open(alice, firm, "?template=User");
	await click("P-256")(alice);
	await set("Attributes", "Ticket:7")(alice);
	await choose("Request format", "cmc")(alice);
	const { CertRequest } = await send(alice);
	await headed(alice, "Certificate Issued");
	const said = openssl("cms", "-in", file(CertRequest), "-inform", "PEM",
		"-cmsout", "-print");
	assert.match(said, /id-cct-PKIData/);
	const raw = Buffer.from(CertRequest.replace(/-----[^-]+-----|\s/g, ""),
		"base64").toString("latin1");
	assert.match(raw, /CertificateTemplate=User&Ticket=7/);
	const [{ id, template }] = firm.json("request", "list").rows;
	assert.equal(template, "User");
	assert.match(firm.row(id).kind, /CMC/);
});

tell("option: the template says what becomes of its key", async (crowd) => {
	const alice = await crowd.person("alice");

	ownTemplate("Strict", { exportable: "false", strong_protection: "true" });
	ownTemplate("Loose", { exportable: "true" });
	await open(alice, firm, "?template=Strict");
	const is = async (label) => alice.getByLabel(label).isChecked();
	assert.deepEqual([await is(/exportable/), await is(/strong protection/)],
		[false, true]);
	await choose("Certificate template", "Loose")(alice);
	assert.deepEqual([await is(/exportable/), await is(/strong protection/)],
		[true, false]);
	assert.equal(await alice.getByText("RSA 2048").isVisible(), false);
});

tell("option: another program makes the key, its request comes back",
	async (crowd) => {
		const alice = await crowd.person("alice");

		await open(alice, firm, "?template=WebServer");
		await alice.getByLabel("Common name (required)").fill("www.example.com");
		await alice.getByLabel("Name 1", { exact: true }).fill("www.example.com");
		await click("P-256")(alice);
		await alice.getByText("Another program makes it").click();
		await alice.getByLabel("Provider", { exact: true })
			.fill("Microsoft Platform Crypto Provider");
		await alice.getByLabel("Key usage").selectOption("signature");
		await alice.getByLabel("Hash algorithm").selectOption("SHA-384");
		await alice.getByLabel(/store of the local computer/).check();
		await alice.getByLabel(/exportable/).uncheck();
		const inf = await alice.locator("#inf").innerText();
		for (const line of [/ProviderName="Microsoft Platform Crypto Provider"/,
			/KeySpec=2/, /Exportable=FALSE/, /MachineKeySet=TRUE/,
			/HashAlgorithm=sha384/, /CertificateTemplate="WebServer"/])
			assert.match(inf, line);
		assert.match(await alice.locator("#pkcs11").innerText(),
			/pkcs11-tool [^$]*--key-type EC:secp256r1/);
		const dir = mkdtempSync(join(tmpdir(), "ocs-recipe-"));
		const made = join(dir, "inf.csr");
		enroll("new", "--inf", file(inf, "request.inf"), "--out-key",
			join(dir, "inf.key"), "--no-passphrase", "--out-request", made);
		assert.match(openssl("req", "-in", made, "-noout", "-verify", "-text"),
			/P-256[\s\S]*Key Usage: critical\s+Digital Signature\n[\s\S]*DNS:www\.example\.com/);
		execFileSync("bash", ["-c", (await alice.locator("#openssl").innerText())
			.replace("openssl req", "openssl req -noenc")],
		{ cwd: dir, stdio: "pipe" });
		await alice.locator("#send-made").click();
		await says(alice, /Paste the request, or choose its file/);
		await alice.getByLabel("The request that it has made").fill(
			"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n");
		await alice.locator("#send-made").click();
		await says(alice, /This is a private key/);
		await alice.locator("#made-file").setInputFiles(join(dir, "request.csr"));
		const fields = await send(alice, "#send-made");
		assert.equal(fields.TargetStoreFlags, "131072");
		assert.match(fields.CertAttrib, /^CertificateTemplate:WebServer/);
		await headed(alice, "Certificate Issued");
		await says(alice, /Into the store of the computer/);
		/* A request that names its template is not given another one. */
		await open(alice, firm, "?template=WebServer");
		await alice.getByText("Another program makes it").click();
		await alice.getByLabel("The request that it has made").fill(makeCsr(
			"/CN=x", ["1.3.6.1.4.1.311.20.2=ASN1:BMPSTRING:User"]));
		assert.equal((await send(alice, "#send-made")).CertAttrib, "");
		await headed(alice, "Certificate Issued");
		assert.match(await text(alice), /Certificate Issued/);
	});

story("a page from the memory of the browser is loaded anew", async (crowd) => {
	const alice = await crowd.person("alice");
	const number = () => alice.locator("input[name=Submission]").inputValue();

	await open(alice);
	const before = await number();
	await Promise.all([alice.waitForEvent("load"), alice.evaluate(() => {
		dispatchEvent(new PageTransitionEvent("pageshow",
			{ persisted: true }));
	})]);
	assert.notEqual(await number(), before);
});

story("NSS reads the files that are saved", async (crowd) => {
	const alice = await crowd.person("alice");

	for (const older of [false, true]) {
		await open(alice);
		await alice.getByLabel("Common name (required)").fill("nss.example");
		await click(older ? "RSA 2048" : "P-256")(alice);
		await send(alice);
		const number = await numberOn(alice);
		demo.cli("request", "issue", number);
		await alice.goto(`${demo.home}request.asp?ReqID=${number}`);
		await alice.getByText("is in this browser:").waitFor();
		await alice.getByLabel("Password for the file").fill(PASS);
		await alice.getByLabel("The same again").fill(PASS);
		if (older)
			await alice.getByLabel("For older systems").check();
		const p12 = await download(alice, () => alice.getByRole("button",
			{ name: "Save certificate and key" }).click());
		const db = `sql:${mkdtempSync(join(tmpdir(), "ocs-nss-"))}`;
		execFileSync("certutil", ["-N", "-d", db, "--empty-password"]);
		execFileSync("pk12util", ["-i", p12.path, "-d", db, "-W", PASS],
			{ stdio: "pipe" });
		const listed = execFileSync("certutil", ["-K", "-d", db],
			{ encoding: "utf8" });
		assert.match(listed, /nss\.example/, String(older));
	}
});

story("a key is found again after the browser was closed", async () => {
	const folder = mkdtempSync(join(tmpdir(), "ocs-profile-"));
	let alice = await persistent(folder, demo, "alice");

	await open(alice);
	await alice.getByLabel("Common name (required)").fill("later.example");
	await click("P-256")(alice);
	await send(alice);
	const number = await numberOn(alice);
	await alice.context().close();
	demo.cli("request", "issue", number);
	alice = await persistent(folder, demo, "alice");
	try {
		await alice.goto(demo.home);
		await alice.getByRole("link", { name: `Collect ${number}` }).click();
		await alice.getByText("is in this browser:").waitFor();
		await until(async () => (await text(alice)).includes("later.example"));
	} finally {
		await alice.context().close();
	}
});
