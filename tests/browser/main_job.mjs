/* What the pages are for, by hand: somebody asks, an officer decides, the
 * certificate is collected and judged by openssl. */
import assert from "node:assert/strict";
import { makeCsr, verify } from "./lib/demo.mjs";
import { demo, headed, numberOn, says, story, submit, text } from "./lib/people.mjs";

const SAN = ["subjectAltName=DNS:www.example.com,DNS:api.example.com"];

async function downloadBy(page, act) {
	const [file] = await Promise.all([page.waitForEvent("download"), act()]);
	return file.path();
}

async function askWaitIssueCollect(crowd, options) {
	const alice = await crowd.person("alice", options);
	const number = await submit(alice, makeCsr("/CN=www.example.com", SAN));
	await headed(alice, "Certificate Pending");
	await alice.getByRole("link", { name: `Follow request ${number}` }).click();
	await says(alice, /Waiting/);
	await says(alice, /api\.example\.com/);

	crowd.expected.add(404);
	const bob = await crowd.person("bob", options);
	await bob.goto(`${demo.home}request.asp?ReqID=${number}`);
	await headed(bob, "There is no such request");
	assert.doesNotMatch(await text(bob), /www\.example\.com/);
	await bob.goto(demo.home + "requests.asp");
	assert.doesNotMatch(await text(bob), /www\.example\.com/);

	const officer = await crowd.person("officer", options);
	await officer.goto(demo.home);
	await officer.getByRole("link", { name: "Decide", exact: true }).click();
	await officer.getByRole("link", { name: `Decide on ${number}` }).click();
	await says(officer, /api\.example\.com/);
	await officer.getByRole("button", { name: "Issue the certificate" }).click();
	await headed(officer, `Request ${number} is issued`);

	await alice.goto(demo.home);
	await alice.getByRole("link", { name: `Collect ${number}` }).click();
	const file = await downloadBy(alice, () =>
		alice.getByRole("link", { name: "Certificate, Base 64" }).click());
	const said = verify(demo, file);
	assert.match(said, /subject=CN = www\.example\.com/);
	assert.match(said, /DNS:www\.example\.com, DNS:api\.example\.com/);
}

story("ask, wait, issue, collect", (crowd) => askWaitIssueCollect(crowd));

story("the same without JavaScript", (crowd) =>
	askWaitIssueCollect(crowd, { javaScriptEnabled: false }));

story("collect through the list of pending requests", async (crowd) => {
	const alice = await crowd.person("alice");
	const number = await submit(alice, makeCsr("/CN=list.example.com"));
	await alice.goto(demo.home + "certckpn.asp");
	await alice.getByRole("button", { name: `Check ${number}` }).click();
	await says(alice, /still pending/);
	demo.cli("request", "issue", number);
	await alice.reload();
	await headed(alice, "Certificate Issued");
	await alice.getByLabel("Base 64 encoded").check();
	verify(demo, await downloadBy(alice, () =>
		alice.getByRole("button", { name: "Download certificate", exact: true })
			.click()));
});

story("a request file instead of pasted text", async (crowd) => {
	const alice = await crowd.person("alice");
	await alice.goto(demo.home + "certrqxt.asp");
	await alice.getByLabel("Or choose the file").setInputFiles({
		name: "www.csr", mimeType: "application/pkcs10",
		buffer: Buffer.from(makeCsr("/CN=file.example.com")) });
	await alice.getByRole("button", { name: "Submit" }).click();
	const number = await numberOn(alice);
	assert.deepEqual(demo.numbers("file.example.com"), [number]);
});

story("refuse with a reason", async (crowd) => {
	const alice = await crowd.person("alice");
	const number = await submit(alice, makeCsr("/CN=refused.example.com"));
	const officer = await crowd.person("officer");
	await officer.goto(`${demo.home}officer/request.asp?ReqID=${number}`);
	/* The browser itself asks for a reason first. */
	await officer.getByRole("button", { name: "Refuse" }).click();
	assert.ok(await officer.getByLabel("Reason for refusing")
		.evaluate((e) => e.matches(":invalid")));
	await officer.getByLabel("Reason for refusing").fill("Not our domain: ask Karel.");
	await officer.getByRole("button", { name: "Refuse" }).click();
	await headed(officer, `Request ${number} is refused`);
	await alice.goto(demo.home);
	await alice.getByRole("link", { name: `Why ${number} was refused` }).click();
	await says(alice, /Not our domain: ask Karel\./);
});

story("revoke", async (crowd) => {
	const alice = await crowd.person("alice");
	const number = await submit(alice, makeCsr("/CN=revoked.example.com"));
	const officer = await crowd.person("officer");
	await officer.goto(`${demo.home}officer/request.asp?ReqID=${number}`);
	await officer.getByRole("button", { name: "Issue the certificate" }).click();
	await headed(officer, `Request ${number} is issued`);
	await officer.goto(demo.home + "officer/issued.asp");
	await officer.getByLabel("Part of a name").fill("revoked.example");
	await officer.getByRole("button", { name: "Search" }).click();
	await officer.getByRole("link", { name: `Revoke ${number}` }).click();
	await officer.getByLabel("Reason").selectOption("1");
	await officer.getByLabel("Comment").fill("Laptop stolen");
	await officer.getByRole("button", { name: "Revoke the certificate" }).click();
	await headed(officer, `Certificate ${number} is revoked`);
	await alice.goto(`${demo.home}request.asp?ReqID=${number}`);
	await says(alice, /Revoked/);
	assert.equal(demo.row(number).disposition, "revoked");
});
