/* The enrolment station: an agent asks for bob, with the request that a card made
 * and with a key made here; signs in the browser, sends, hands out. openssl
 * judges the signed message and what is issued. */
import assert from "node:assert/strict";
import { makeCsr } from "./lib/demo.mjs";
import { firm, ownTemplate, tell } from "./lib/firm.mjs";
import { certificate, download, file, openssl, signedRequest }
	from "./lib/judge.mjs";
import { headed, numberOn, says, text } from "./lib/people.mjs";

const PASS = "a few unrelated words";
const newest = () => firm.json("request", "list").rows[0];

ownTemplate("Card", { display_name: "Card", keys: "[p256, p384]",
	subject: "{from: account, common_name: name}",
	agent_signatures: "{count: 1, policy: enrolment-agent}",
	on_behalf_of: "true", exportable: "true",
	permissions: "[{allow: user alice, rights: [read, enroll]}]" });
firm.cli("template", "enable", "EnrollmentAgent");
firm.cli("permission", "allow", "user", "alice", "enroll", "--template",
	"EnrollmentAgent");
firm.cli("restriction", "allow", "agent", "alice", "--template", "Card",
	"--for-user", "bob");

/* Alice becomes an agent in this browser; her key asks for its passphrase. */
async function become(page) {
	await page.goto(firm.home + "certrqma.asp?template=EnrollmentAgent");
	await page.locator("#send:enabled").waitFor();
	await page.getByText("P-256", { exact: true }).click();
	await page.getByLabel(/strong protection/).check();
	await page.getByLabel("Passphrase", { exact: true }).fill(PASS);
	await page.getByLabel("The same again").fill(PASS);
	await page.locator("#send").click();
	const number = await numberOn(page);

	for (const officer of ["officer", "officer2"])
		firm.cli("request", "issue", number, "--as", officer);
	await page.goto(`${firm.home}request.asp?ReqID=${number}`);
	await page.getByText("is in this browser:").waitFor();
}

async function open(page) {
	await page.goto(firm.home + "certrqad.asp");
	await page.getByRole("link", { name: "Enrol on behalf of somebody" })
		.click();
	await headed(page, "Enrol on behalf of somebody");
}

async function sign(page, user) {
	await page.getByLabel("User to enrol (required)").fill(user);
	await page.getByLabel("Certificate template (required)")
		.selectOption({ label: "Card" });
	await page.getByLabel("Passphrase of its key").fill(PASS);
}

const enrol = (page) => page.getByRole("button", { name: "Enrol",
	exact: true }).click();
const bring = (page, csr) => page.locator("#file").setInputFiles({
	name: "card.req", mimeType: "text/plain", buffer: Buffer.from(csr) });

tell("an agent enrols a card for bob", async (crowd) => {
	const alice = await crowd.person("alice");
	const csr = makeCsr("/CN=whoever");

	await open(alice);
	await says(alice, /no certificate of an enrolment agent/);
	await become(alice);
	await open(alice);
	await bring(alice, csr);
	await sign(alice, "bob");
	assert.match(await text(alice), /You sign for:\s+bob/);

	const saved = await download(alice, () => alice.getByRole("button",
		{ name: "Save the signed request to a file instead" }).click());
	const judged = signedRequest(firm, saved.path);
	assert.match(judged.message, /signingTime/);
	assert.match(judged.message, /1\.3\.6\.1\.4\.1\.311\.13\.2\.1/);
	assert.equal(judged.publicKey, openssl("req", "-in", file(csr), "-noout",
		"-pubkey"));

	await enrol(alice);
	await headed(alice, "Certificate Issued");
	await says(alice, /pkcs11-tool .* --write-object/);
	const row = firm.row(newest().id);
	assert.equal(row.requester, "bob");
	assert.equal(row.caller, "alice");
	assert.equal(row.template, "Card");
	assert.match(certificate(firm, row.id).text, /Subject: CN = bob/);
	assert.equal(certificate(firm, row.id).publicKey, judged.publicKey);
	await alice.getByRole("link", { name: "Enrol the next user" }).click();
	await headed(alice, "Enrol on behalf of somebody");
});

tell("an agent makes a key for bob and hands it out", async (crowd) => {
	const alice = await crowd.person("alice");

	await become(alice);
	await open(alice);
	await alice.getByLabel("Make a new key in this browser").check();
	await alice.getByLabel("Kind and size").selectOption("p-384");
	await sign(alice, "local\\bob");
	await enrol(alice);
	await headed(alice, "Certificate Issued");
	await alice.getByLabel("Password for the file").fill(PASS);
	await alice.getByLabel("The same again").fill(PASS);
	const p12 = await download(alice, () => alice.getByRole("button",
		{ name: "Save certificate and key" }).click());
	const pem = file(openssl("pkcs12", "-in", p12.path, "-noenc", "-passin",
		`pass:${PASS}`));
	assert.equal(openssl("pkey", "-in", pem, "-pubout"),
		certificate(firm, newest().id).publicKey);
	assert.match(openssl("x509", "-in", pem, "-noout", "-subject"), /bob/);
});

tell("what the station refuses, each beside its field", async (crowd) => {
	const alice = await crowd.person("alice");
	const before = newest().id + 1; /* and the agent's own */

	await become(alice);
	await open(alice);
	await enrol(alice);
	await says(alice, /Say for whom/);
	await sign(alice, "bob");
	await enrol(alice);
	await says(alice, /Choose the file/);
	await bring(alice, "nonsense");
	await enrol(alice);
	await says(alice, /holds no PKCS #10 request/);
	await bring(alice, makeCsr("/CN=x",
		["1.3.6.1.4.1.311.20.2=ASN1:BMPSTRING:User"]));
	await enrol(alice);
	await says(alice, /names another template itself: User/);
	await bring(alice, makeCsr("/CN=x"));
	await alice.getByLabel("Passphrase of its key").fill("wrong");
	await enrol(alice);
	await says(alice, /not the passphrase/);
	assert.equal(newest().id, before, "nothing was sent");
	/* And the CA, whom she may not ask for. */
	await alice.getByLabel("Passphrase of its key").fill(PASS);
	await alice.getByLabel("User to enrol (required)").fill("officer");
	await enrol(alice);
	await headed(alice, "Certificate Request Denied");
	await says(alice, /on behalf of officer/);
});

tell("who is no agent is told so, with and without JavaScript",
	async (crowd) => {
		const bob = await crowd.person("bob");
		await open(bob);
		await says(bob, /No certificate template lets you ask/);
		const alice = await crowd.person("alice",
			{ javaScriptEnabled: false });
		await open(alice);
		await says(alice, /enroll submit card\.req --on-behalf-of/);
	});
