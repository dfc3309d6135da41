/* Keys made in the browser: from the home page to a .p12 that openssl reads;
 * openssl judges requests and files. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { demo, heading, numberOn, says, story } from "./lib/people.mjs";

const PASSWORD = "Heslo-žluťoučký 9";

function openssl(...args) {
	return execFileSync("openssl", args.map(String),
		{ encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });
}

async function download(page, act) {
	const [file] = await Promise.all([page.waitForEvent("download"), act()]);

	return { path: await file.path(), name: file.suggestedFilename() };
}

/* The request that the CA keeps, as openssl reads it. */
function requestText(number) {
	const file = join(mkdtempSync(join(tmpdir(), "ocs-req-")), "r.pem");

	writeFileSync(file, demo.cli("request", "show", number, "--pem"));
	return openssl("req", "-in", file, "-noout", "-text", "-verify");
}

async function advanced(page, fill) {
	await page.goto(demo.home + "certrqma.asp");
	await page.getByRole("button", { name: "Make the key and send" })
		.and(page.locator(":enabled")).waitFor();
	await fill(page);
	await page.getByRole("button", { name: "Make the key and send" }).click();
	await page.waitForURL(/certfnsh/);
	return numberOn(page);
}

/* As the list of pending requests asks. */
async function check(page, number) {
	await page.goto(demo.home + "certckpn.asp");
	await page.evaluate(({ action, fields }) => {
		const f = document.createElement("form");
		f.method = "post";
		f.action = action;
		for (const [name, value] of fields)
			f.append(Object.assign(document.createElement("input"),
				{ type: "hidden", name, value }));
		document.body.append(f);
		f.submit();
	}, { action: demo.home + "certfnsh.asp",
		fields: [["Mode", "chkpnd"], ["ReqID", String(number)]] });
	await page.waitForURL(/certfnsh/);
}

async function collect(page, number, { legacy = false, passphrase } = {}) {
	demo.cli("request", "issue", number);
	await check(page, number);
	await page.getByText("is in this browser:").waitFor();
	if (passphrase)
		await page.getByLabel("Passphrase of the key").fill(passphrase);
	await page.getByLabel("Password for the file").fill(PASSWORD);
	await page.getByLabel("The same again").fill(PASSWORD);
	if (legacy)
		await page.getByLabel("For older systems").check();
	return download(page, () =>
		page.getByRole("button", { name: "Save certificate and key" }).click());
}

/* Key and chain of a .p12, checked to belong together. */
function judge(file, legacy = false) {
	const pem = openssl("pkcs12", "-in", file, "-noenc", "-passin",
		`pass:${PASSWORD}`, ...(legacy ? ["-legacy"] : []));
	const dir = mkdtempSync(join(tmpdir(), "ocs-p12-"));
	const all = join(dir, "all.pem");

	writeFileSync(all, pem);
	const key = openssl("pkey", "-in", all, "-pubout");
	const certificate = openssl("x509", "-in", all, "-noout", "-pubkey");
	assert.equal(key, certificate);
	openssl("verify", "-CAfile", demo.caPem, all);
	assert.equal(pem.match(/BEGIN CERTIFICATE/g).length, 2);
}

story("from the home page to a .p12", async (crowd) => {
	const alice = await crowd.person("alice");

	await alice.goto(demo.home);
	await alice.getByRole("link", { name: "Request a certificate" }).click();
	await alice.getByRole("link", { name: "E-mail protection certificate" }).click();
	await alice.getByLabel("Name (required)").fill("Žofie \"Z\" <b>Nováková</b>");
	await alice.getByRole("button", { name: "Make the key and send" }).click();
	await says(alice, /mail address that the certificate is for/);
	await alice.getByLabel("E-mail (required)").fill("zofie@example.com");
	await alice.getByRole("button", { name: "Make the key and send" }).click();
	await alice.waitForURL(/certfnsh/);
	assert.equal(await heading(alice), "Certificate Pending");
	const number = await numberOn(alice);
	const said = requestText(number);
	assert.match(said, /E-mail Protection/);
	assert.match(said, /email:zofie@example.com/);
	assert.match(said, /Public-Key: \(3072 bit\)/);
	const file = await collect(alice, number);
	assert.match(file.name, /\.p12$/);
	judge(file.path);
});

for (const [kind, label, words] of [["rsa-2048", "RSA 2048", /2048 bit/],
	["p-256", "P-256", /P-256/], ["p-384", "P-384", /P-384/],
	["p-521", "P-521", /P-521/], ["ed25519", "Ed25519", /ED25519/]])
	story(`advanced: a key of the kind ${kind}`, async (crowd) => {
		const alice = await crowd.person("alice");
		const number = await advanced(alice, async (page) => {
			await page.getByLabel("Common name (required)").fill("www.example.com");
			await page.getByLabel("Name 1", { exact: true }).fill("www.example.com");
			await page.getByText(label, { exact: true }).click();
		});

		assert.match(requestText(number), words);
		judge((await collect(alice, number)).path);
	});

story("advanced: every choice is in the request", async (crowd) => {
	const alice = await crowd.person("alice");
	const number = await advanced(alice, async (page) => {
		await page.getByLabel("Type of certificate needed").selectOption("other");
		await page.getByLabel("Object identifiers")
			.fill("1.3.6.1.5.5.7.3.8 1.3.6.1.4.1.311.10.3.12");
		await page.getByLabel("Common name (required)").fill("host.example.com");
		await page.getByText("Company, place").click();
		await page.getByLabel("Company").fill("Example, Inc.");
		await page.getByLabel("Department").fill("IT");
		await page.getByLabel("City").fill("Brno");
		await page.getByLabel("State").fill("JM");
		await page.getByLabel("Country, two letters").fill("CZ");
		await page.getByLabel("Name 1", { exact: true }).fill("příklad.cz");
		await page.getByRole("button", { name: "+ Add a name" }).click();
		await page.getByLabel("Kind of name 2").selectOption("ip");
		await page.getByLabel("Name 2", { exact: true }).fill("2001:db8::7");
		await page.getByText("P-384", { exact: true }).click();
		await page.getByLabel("Hash algorithm").selectOption("SHA-512");
		await page.getByLabel("Key usage").selectOption("signature");
		await page.getByText("For the store of the local computer").click();
		await page.getByText("Friendly name, format, attributes").click();
		await page.getByLabel("Friendly name", { exact: true }).fill("my host");
		await page.getByLabel("Attributes").fill("Department:IT");
	});
	const said = requestText(number);

	assert.match(said, /O = "Example, Inc\."/);
	assert.match(said, /C = CZ/);
	assert.match(said, /DNS:xn--pklad-zsa96e\.cz, IP Address:2001:DB8:0:0:0:0:0:7/);
	assert.match(said, /Time Stamping/);
	assert.match(said, /1\.3\.6\.1\.4\.1\.311\.10\.3\.12|Microsoft Document Signing/);
	assert.match(said, /ecdsa-with-SHA512/);
	assert.match(said, /X509v3 Key Usage: critical\s+Digital Signature\n/);
	assert.equal(demo.row(number).attributes, "Department:IT");
	const cookie = (await alice.context().cookies())
		.find((c) => c.name === "Requests");
	assert.match(decodeURIComponent(cookie.value), /131072/);
	demo.cli("request", "issue", number);
	await check(alice, number);
	await says(alice, /Into the store of the computer/);
});

story("strong protection: no passphrase, no key", async (crowd) => {
	const alice = await crowd.person("alice");
	const number = await advanced(alice, async (page) => {
		await page.getByLabel("Common name (required)").fill("strong.example.com");
		await page.getByText("P-256", { exact: true }).click();
		await page.getByText("Ask for a passphrase each time").click();
		await page.getByLabel("Passphrase", { exact: true }).fill("correct horse");
		await page.getByLabel("The same again").fill("correct horse");
	});
	const kept = await alice.evaluate(() => new Promise((done) => {
		const r = indexedDB.open("certsrv", 1);
		r.onsuccess = () => {
			const all = r.result.transaction("keys").objectStore("keys").getAll();
			all.onsuccess = () => done(all.result.map((k) =>
				[Boolean(k.privateKey), Boolean(k.wrapped)]));
		};
	}));

	assert.deepEqual(kept, [[false, true]]);
	judge((await collect(alice, number, { passphrase: "correct horse" })).path);
});

story("not exportable, and the file for older systems", async (crowd) => {
	const alice = await crowd.person("alice");
	const first = await advanced(alice, async (page) => {
		await page.getByLabel("Common name (required)").fill("fixed.example.com");
		await page.getByText("P-256", { exact: true }).click();
		await page.getByText("I will move the key").click();
	});

	demo.cli("request", "issue", first);
	await check(alice, first);
	await alice.getByText("cannot be saved to a file").waitFor();
	const second = await advanced(alice, async (page) => {
		await page.getByLabel("Common name (required)").fill("old.example.com");
		await page.getByText("RSA 2048", { exact: true }).click();
	});
	judge((await collect(alice, second, { legacy: true })).path, true);
	await alice.goto(demo.home + "keys.asp");
	await says(alice, /fixed\.example\.com/);
	await says(alice, /cannot be moved/);
});

story("an existing key asks again", async (crowd) => {
	const alice = await crowd.person("alice");
	const name = async (page, cn) =>
		page.getByLabel("Common name (required)").fill(cn);
	const first = await advanced(alice, async (page) => {
		await name(page, "one.example.com");
		await page.getByText("P-256", { exact: true }).click();
	});
	const second = await advanced(alice, async (page) => {
		await name(page, "two.example.com");
		await page.getByText("Use a key that is kept").click();
		await page.getByLabel("Which key").selectOption({ index: 0 });
	});
	const key = (n) => /pub:[\s0-9a-f:]+/.exec(requestText(n))[0];

	assert.equal(key(first), key(second));
});

story("save to a file instead, CMC as the format", async (crowd) => {
	const alice = await crowd.person("alice");

	await alice.goto(demo.home + "certrqma.asp");
	await alice.getByLabel("Common name (required)").fill("file.example.com");
	const plain = await download(alice, () =>
		alice.getByRole("button", { name: "Save the request to a file" }).click());
	assert.match(openssl("req", "-in", plain.path, "-noout", "-verify", "-subject"),
		/file\.example\.com/);
	await says(alice, /nothing was sent/);
	await alice.getByText("Friendly name, format, attributes").click();
	await alice.getByLabel("Request format").selectOption("cmc");
	await alice.getByText("P-256", { exact: true }).click();
	const cmc = await download(alice, () =>
		alice.getByRole("button", { name: "Save the request to a file" }).click());
	assert.match(openssl("cms", "-in", cmc.path, "-inform", "PEM", "-cmsout",
		"-print"), /id-cct-PKIData/);
});

story("another program makes the key: its commands work", async (crowd) => {
	const alice = await crowd.person("alice");

	await alice.goto(demo.home + "certrqma.asp");
	await alice.getByLabel("Common name (required)").fill("it's.example.com");
	await alice.getByLabel("Name 1", { exact: true }).fill("www.example.com");
	await alice.getByText("P-256", { exact: true }).click();
	await alice.getByText("Another program makes it").click();
	await alice.getByText("For the store of the local computer").click();
	const inf = await download(alice, () =>
		alice.getByRole("button", { name: "Save request.inf" }).click());
	const lines = readFileSync(inf.path, "utf8");
	assert.match(lines, /MachineKeySet=TRUE\r\n/);
	assert.match(lines, /KeyAlgorithm=ECDSA_P256\r\n/);
	assert.match(lines, /_continue_="dns=www\.example\.com&"/);
	const dir = mkdtempSync(join(tmpdir(), "ocs-recipe-"));
	const command = await alice.locator("#openssl").innerText();
	execFileSync("bash", ["-c", command.replace("openssl req", "openssl req -noenc")],
		{ cwd: dir, stdio: "pipe" });
	assert.match(openssl("req", "-in", join(dir, "request.csr"), "-noout", "-text"),
		/CN = it's\.example\.com[\s\S]*DNS:www\.example\.com/);
});

story("bring a key, and delete it by typing its name", async (crowd) => {
	const alice = await crowd.person("alice");
	const number = await advanced(alice, async (page) => {
		await page.getByLabel("Common name (required)").fill("move.example.com");
		await page.getByText("P-256", { exact: true }).click();
	});
	const file = await collect(alice, number);
	const bob = await crowd.person("bob");

	await bob.goto(demo.home + "keys.asp");
	await says(bob, /no keys in this browser/);
	await bob.getByLabel("File", { exact: true }).setInputFiles(file.path);
	await bob.getByLabel("Password of the file").fill("wrong");
	await bob.getByRole("button", { name: "Import" }).click();
	await bob.getByText("The password is wrong").waitFor();
	await bob.getByLabel("Password of the file").fill(PASSWORD);
	await bob.getByRole("button", { name: "Import" }).click();
	await bob.getByText("The key is here now").waitFor();
	await bob.getByRole("button", { name: "Delete…" }).click();
	await bob.getByLabel("Name of the key").fill("something");
	await bob.getByRole("button", { name: "Delete", exact: true }).click();
	await bob.getByText("That is not its name").first().waitFor();
	await bob.getByLabel("Name of the key").fill("move.example.com");
	await bob.getByRole("button", { name: "Delete", exact: true }).click();
	await bob.getByText("no keys in this browser").waitFor();
});

story("without JavaScript the page says what to do", async (crowd) => {
	const alice = await crowd.person("alice", { javaScriptEnabled: false });

	await alice.goto(demo.home + "certrqma.asp");
	await says(alice, /needs JavaScript/);
	await alice.getByRole("link", { name: "send the file" }).click();
	assert.equal(await heading(alice), "Submit a certificate request");
});
