/* A key is lost: its owner says so on a page of his own certificate, which is on
 * hold from then on; an officer sees what happened. All without JavaScript. */
import assert from "node:assert/strict";
import { makeCsr } from "./lib/demo.mjs";
import { firm, tell } from "./lib/firm.mjs";
import { file, openssl } from "./lib/judge.mjs";
import { headed, says, text } from "./lib/people.mjs";

const PLAIN = { javaScriptEnabled: false };

async function get(page) {
	await page.goto(firm.home + "certrqxt.asp");
	await page.getByLabel("Saved request").fill(makeCsr("/CN=ignored"));
	await page.getByLabel("Certificate template").selectOption("User");
	await page.getByRole("button", { name: "Submit" }).click();
	await headed(page, "Certificate Issued");
	return firm.json("request", "list").rows[0].id;
}

/* What the published list says about a serial number, read by openssl. */
async function listed(page, serial) {
	firm.cli("crl", "publish");
	const answer = await page.request.get(firm.plain +
		"/certenroll/OpenCertSrv%20Demo%20CA.crl");
	const said = openssl("crl", "-in", file(await answer.body()),
		"-inform", "DER", "-noout", "-text");

	return said.split("Serial Number: ").find((one) =>
		one.toLowerCase().startsWith(serial.toLowerCase())) ?? "";
}

tell("a lost key is reported, and an officer sees it", async (crowd) => {
	const alice = await crowd.person("alice", PLAIN);
	const number = await get(alice);
	const { serial } = firm.row(number);

	await alice.getByRole("link", { name: `request ${number}` }).click();
	await alice.getByRole("link", { name: /Report its key as lost/ }).click();
	await headed(alice, "Report a lost key");
	await alice.getByRole("link", { name: "No, leave it" }).click();
	assert.equal(firm.row(number).disposition, "issued", "not before");
	await alice.goBack();
	await alice.getByLabel("What happened").fill("Left <b>on</b> the train.");
	await alice.getByRole("button", { name: /on hold/ }).click();
	await headed(alice, "The certificate is on hold");
	assert.equal(firm.row(number).disposition, "revoked");
	assert.match(await listed(alice, serial), /Certificate Hold/);
	await alice.getByRole("link", { name: /Look at request/ }).click();
	await says(alice, /Reported lost, on hold/);
	assert.equal(await alice.getByRole("link", { name: /Renew|Report/ })
		.count(), 0);

	const officer = await crowd.person("officer", PLAIN);
	await officer.goto(`${firm.home}officer/request.asp?ReqID=${number}`);
	await says(officer, /Reported lost, on hold/);
	await says(officer, /Left <b>on<\/b> the train/);
	await officer.getByRole("button", { name: "Release the hold" }).click();
	await headed(officer, `The hold of certificate ${number} is released`);
	assert.equal(firm.row(number).disposition, "issued");
	assert.equal(await listed(alice, serial), "");
});

tell("a lost key is revoked for good", async (crowd) => {
	const alice = await crowd.person("alice", PLAIN);
	const number = await get(alice);
	const { serial } = firm.row(number);

	await alice.goto(`${firm.home}lost.asp?ReqID=${number}`);
	await alice.getByRole("button", { name: /on hold/ }).click();
	await alice.goto(firm.home + "requests.asp");
	await says(alice, /On hold/);
	const officer = await crowd.person("officer", PLAIN);
	await officer.goto(`${firm.home}officer/issued.asp?Search=${serial}`);
	await says(officer, /On hold/);
	await officer.getByRole("link", { name: `Look at ${number}` }).click();
	await officer.getByRole("link", { name: "Revoke…" }).click();
	assert.equal(await officer.getByLabel("Reason").locator("option", {
		hasText: "certificate hold" }).count(), 0);
	await officer.getByLabel("Reason").selectOption("1");
	await officer.getByRole("button", { name: "Revoke the certificate" }).click();
	await headed(officer, `Certificate ${number} is revoked`);
	assert.match(await listed(alice, serial), /Key Compromise/);
	await officer.goto(`${firm.home}officer/request.asp?ReqID=${number}`);
	assert.equal(await officer.getByRole("button",
		{ name: "Release the hold" }).count(), 0);
});

tell("only the owner, and only from the page", async (crowd) => {
	const alice = await crowd.person("alice", PLAIN);
	const number = await get(alice);

	crowd.expected.add(404).add(403);
	for (const who of ["bob", "officer"]) {
		const other = await crowd.person(who, PLAIN);
		await other.goto(`${firm.home}lost.asp?ReqID=${number}`);
		await says(other, /There is no such request|You may not do that/);
	}
	await alice.goto(`${firm.home}lost.asp?ReqID=${number}`);
	const answer = await alice.request.post(firm.home + "lost.asp", {
		headers: { "Sec-Fetch-Site": "same-origin" },
		form: { ReqID: String(number), Reason: "no token" } });
	assert.equal(answer.status(), 403);
	assert.equal(firm.row(number).disposition, "issued");
	assert.match(await text(alice), /Report a lost key/);
});
