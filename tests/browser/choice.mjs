/* The choice of a template: kept after an error, left to the request that names
 * one, and never taken for granted while the CA is silent. */
import assert from "node:assert/strict";
import { makeCsr } from "./lib/demo.mjs";
import { firm, ownTemplate, tell } from "./lib/firm.mjs";
import { headed, heading, says, text } from "./lib/people.mjs";

const BY_NAME = "1.3.6.1.4.1.311.20.2=ASN1:BMPSTRING:";
const list = (page) => page.getByLabel("Certificate template");
const chosen = (page) => list(page).evaluate((l) =>
	l.selectedOptions[0].textContent);
const newest = () => firm.json("request", "list").rows[0];

async function paste(page, csr, template) {
	await page.goto(firm.home + "certrqxt.asp");
	await page.getByLabel("Saved request").fill(csr);
	if (template)
		await list(page).selectOption({ label: template });
	await page.getByRole("button", { name: "Submit" }).click();
}

tell("an error keeps the template that was chosen", async (crowd) => {
	const alice = await crowd.person("alice", { javaScriptEnabled: false });

	await paste(alice, " ", "Web server");
	await headed(alice, "That did not work");
	assert.equal(await chosen(alice), "Web server");
	await paste(alice, " ", "As the request says");
	await headed(alice, "That did not work");
	assert.equal(await chosen(alice), "As the request says");
});

tell("a request that names a template, without JavaScript", async (crowd) => {
	const alice = await crowd.person("alice", { javaScriptEnabled: false });
	const csr = makeCsr("/CN=ignored", [BY_NAME + "User"]);

	await paste(alice, csr, "Client authentication");
	await headed(alice, "Certificate Request Denied");
	assert.match(await text(alice), /names two certificate templates/);
	assert.equal(await chosen(alice), "As the request says");
	await alice.getByRole("button", { name: "Submit" }).click();
	await headed(alice, "Certificate Issued");
	assert.equal(newest().template, "User");
});

tell("a request that names a template is read as it is pasted", async (crowd) => {
	const alice = await crowd.person("alice");
	const plain = makeCsr("/CN=ignored");

	await alice.goto(firm.home + "certrqxt.asp");
	await list(alice).selectOption({ label: "Client authentication" });
	const box = alice.getByLabel("Saved request");
	await box.fill(makeCsr("/CN=ignored", [BY_NAME + "user"]));
	await says(alice, /names a template itself: User/);
	assert.equal(await chosen(alice), "As the request says");
	await box.fill(plain);
	await alice.waitForSelector("#own-template", { state: "hidden" });
	assert.equal(await chosen(alice), "Client authentication");
	await alice.locator("#request-file").setInputFiles({ name: "r.csr",
		mimeType: "text/plain", buffer: Buffer.from(
			makeCsr("/CN=ignored", [BY_NAME + "User"])) });
	await says(alice, /names a template itself: User/);
	await alice.getByRole("button", { name: "Submit" }).click();
	await headed(alice, "Certificate Issued");
	assert.equal(newest().template, "User");
});

tell("attributes that speak of templates do not choose one", async (crowd) => {
	const alice = await crowd.person("alice");

	await alice.goto(firm.home + "certrqxt.asp");
	await alice.getByLabel("Saved request").fill(makeCsr("/CN=ignored"));
	await list(alice).selectOption({ label: "Client authentication" });
	await alice.getByText("Additional attributes").click();
	await alice.getByLabel("Attributes", { exact: true })
		.fill("Comment: no CertificateTemplate: here");
	await alice.getByRole("button", { name: "Submit" }).click();
	await headed(alice, "Certificate Issued");
	assert.equal(newest().template, "ClientAuth");
});

tell("the simple page says which key and version it takes", async (crowd) => {
	const alice = await crowd.person("alice");

	ownTemplate("Small", { keys: "[p384]", version: "3.7" });
	await alice.goto(firm.home + "certrqbi.asp?template=Small");
	const said = await text(alice);
	assert.match(said, /Kind of key\s+P-384/);
	assert.doesNotMatch(said, /RSA/);
	const [sent] = await Promise.all([
		alice.waitForRequest((r) => r.method() === "POST"),
		alice.getByRole("button", { name: "Make the key and send" }).click(),
	]);
	await headed(alice, "Certificate Issued");
	const csr = new URLSearchParams(sent.postData()).get("CertRequest");
	const der = Buffer.from(csr.replace(/-----[^-]+-----|\s/g, ""), "base64");
	assert.ok(der.includes(Buffer.from("020103020107", "hex")), "3.7");
	assert.equal(firm.row(newest().id).key, "P-384");
});

tell("more options keep the template", async (crowd) => {
	const alice = await crowd.person("alice");

	await alice.goto(firm.home + "certrqbi.asp?template=EmailProtection");
	await alice.getByRole("link", { name: "More options" }).click();
	await headed(alice, "Advanced certificate request");
	assert.equal(await alice.getByLabel("Certificate template").inputValue(),
		"EmailProtection");
});

tell("while the CA is silent nobody is told that he may not ask",
	async (crowd) => {
		const alice = await crowd.person("alice");
		const pages = ["certrqus.asp", "certrqma.asp", "certrqbi.asp?type=0"];

		await alice.goto(firm.home + "certrqxt.asp");
		await alice.getByLabel("Saved request").fill(makeCsr("/CN=later"));
		await list(alice).selectOption({ label: "Web server" });
		crowd.expected.add(503);
		const resume = firm.stopProgram("ca");
		try {
			await alice.getByRole("button", { name: "Submit" }).click();
			await says(alice, /not answering/);
			assert.equal(await alice.locator(
				"input[name=lbCertTemplate]").inputValue()
				.then((v) => v.split(";")[1]), "WebServer");
			for (const page of pages) {
				const answer = await alice.goto(firm.home + page);

				assert.equal(answer.status(), 503, page);
				assert.match(await text(alice), /not answering/, page);
				assert.doesNotMatch(await text(alice),
					/may not|Type of certificate/, page);
			}
			await alice.goto(firm.home + "certrqxt.asp");
			assert.match(await text(alice), /cannot be shown now/);
			assert.notEqual(await heading(alice), "That did not work");
		} finally {
			await firm.wake(resume);
		}
	});
