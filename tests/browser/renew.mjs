/* Renewal with a key that the browser keeps: from a certificate's page and from
 * the list of keys, with a new key and with the same one; openssl judges the
 * message and what is issued for it. */
import assert from "node:assert/strict";
import { firm, ownTemplate, tell } from "./lib/firm.mjs";
import { certificate, download, signedRequest } from "./lib/judge.mjs";
import { demo, headed, numberOn, says, story, text } from "./lib/people.mjs";

const newest = (of) => of.json("request", "list").rows[0].id;
const sendButton = (page) => page.getByRole("button", { name: "Sign and send" });

/* A certificate of a template, its key made and kept here: its number. */
async function get(page, template) {
	await page.goto(`${firm.home}certrqbi.asp?template=${template}`);
	await page.getByRole("button", { name: "Make the key and send" }).click();
	await headed(page, "Certificate Issued");
	await page.getByText("is in this browser:").waitFor();
	return newest(firm);
}

async function advanced(page, of, fill) {
	await page.goto(of.home + "certrqma.asp");
	const send = page.getByRole("button", { name: "Make the key and send" });
	await send.and(page.locator(":enabled")).waitFor();
	await fill();
	await send.click();
	await page.waitForURL(/certfnsh/);
}

const PASS = "a few unrelated words";

async function lock(page) {
	await page.getByLabel(/strong protection/).check();
	await page.getByLabel("Passphrase", { exact: true }).fill(PASS);
	await page.getByLabel("The same again").fill(PASS);
}

tell("renewal from the page of a certificate: a new key", async (crowd) => {
	const alice = await crowd.person("alice");
	const old = await get(alice, "User");

	await alice.getByRole("link", { name: `request ${old}` }).click();
	await alice.getByRole("link", { name: "Renew…" }).click();
	await headed(alice, "Renew a certificate");
	await alice.getByLabel("Keep the present key").and(
		alice.locator(":disabled")).waitFor();
	assert.match(await text(alice), /wants a new key each time/);

	const saved = await download(alice, () => alice.getByRole("button",
		{ name: "Save the renewal to a file instead" }).click());
	assert.equal(saved.name, "User.p7");
	const { request, publicKey } = signedRequest(firm, saved.path);
	assert.match(request, /1\.3\.6\.1\.4\.1\.311\.13\.1/);
	assert.notEqual(publicKey, certificate(firm, old).publicKey);
	assert.equal(newest(firm), old, "nothing was sent");

	await sendButton(alice).click();
	await headed(alice, "Certificate Issued");
	await alice.getByText("is in this browser:").waitFor();
	const now = newest(firm);
	assert.equal(firm.row(now).kind, "PKCS #7");
	assert.equal(firm.row(now).template, "User");
	assert.notEqual(certificate(firm, now).publicKey,
		certificate(firm, old).publicKey);
});

tell("renewal with the same key, where the template takes it", async (crowd) => {
	const alice = await crowd.person("alice");

	ownTemplate("SameKey", { keys: "[p256, rsa-2048]",
		renewal: "{same_key: true}" });
	const old = await get(alice, "SameKey");
	await alice.goto(`${firm.home}renew.asp?ReqID=${old}`);
	await alice.getByLabel("Keep the present key").check();
	assert.equal(await alice.getByText("Kind and size").isVisible(), false);
	await sendButton(alice).click();
	await headed(alice, "Certificate Issued");
	assert.notEqual(newest(firm), old);
	assert.equal(certificate(firm, newest(firm)).publicKey,
		certificate(firm, old).publicKey);
	await alice.getByText("is in this browser:").waitFor();
});

for (const [kind, other] of [["P-384", "P-256"], ["RSA 2048", "P-521"],
	["Ed25519", "Ed25519"]])
	tell(`renewal of ${kind} by ${other}, from the list of keys`,
		async (crowd) => {
			const alice = await crowd.person("alice");

			await advanced(alice, firm, async () => {
				await alice.getByLabel("Certificate template")
					.selectOption("User");
				await alice.getByText(kind, { exact: true }).click();
				await lock(alice);
			});
			await headed(alice, "Certificate Issued");
			await alice.getByText("is in this browser:").waitFor();
			const old = newest(firm);
			await alice.goto(firm.home + "keys.asp");
			await alice.getByRole("link", { name: "Renew…" }).click();
			await alice.getByText(other, { exact: true }).last().click();
			await sendButton(alice).click();
			await says(alice, /not the passphrase/);
			await alice.getByLabel("Passphrase of its key").fill(PASS);
			await sendButton(alice).click();
			await headed(alice, "Certificate Issued");
			assert.equal(newest(firm), old + 1);
			assert.match(firm.row(old + 1).key, new RegExp(other));
			certificate(firm, old + 1);
			/* As the first one, its key asks for the passphrase. */
			await alice.goto(firm.home + "keys.asp");
			assert.equal(await alice.getByText("with passphrase").count(), 2);
		});

story("a stand-alone CA: names and purposes stay", async (crowd) => {
	const alice = await crowd.person("alice");

	await advanced(alice, demo, async () => {
		await alice.getByText("P-256", { exact: true }).click();
		await alice.getByLabel("Common name (required)").fill("ren.example");
		await alice.getByLabel("Name 1", { exact: true }).fill("ren.example");
	});
	const old = await numberOn(alice);
	demo.cli("request", "issue", old);
	/* Never collected: the page finds the key by the certificate. */
	await alice.goto(`${demo.home}renew.asp?ReqID=${old}`);
	await sendButton(alice).click();
	await headed(alice, "Certificate Pending");
	const now = await numberOn(alice);
	demo.cli("request", "issue", now);
	const { text: said } = certificate(demo, now);
	assert.match(said, /DNS:ren\.example/);
	assert.match(said, /TLS Web Server Authentication/);
	assert.match(said, /Subject: CN = ren\.example/);
});

tell("the key is elsewhere", async (crowd) => {
	const alice = await crowd.person("alice");
	const old = await get(alice, "User");
	const other = await crowd.person("alice");

	await other.goto(`${firm.home}renew.asp?ReqID=${old}`);
	await says(other, /key of this certificate is not in this browser/);
	assert.equal(await sendButton(other).isVisible(), false);
	await other.goto(firm.home + "renew.asp");
	await says(other, /no certificate in this browser that can be renewed/);
});

tell("renewal without JavaScript says how else", async (crowd) => {
	const alice = await crowd.person("alice", { javaScriptEnabled: false });

	await alice.goto(firm.home + "renew.asp");
	await says(alice, /needs JavaScript/);
	await says(alice, /enroll renew/);
	assert.equal(await sendButton(alice).isVisible(), false);
});
