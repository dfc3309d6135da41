/* An enterprise CA: templates on the pages, from a tile to a certificate. */
import assert from "node:assert/strict";
import { makeCsr } from "./lib/demo.mjs";
import { firm, tell } from "./lib/firm.mjs";
import { heading, text } from "./lib/people.mjs";

tell("a template by its tile: nothing to fill in", async (crowd) => {
	const alice = await crowd.person("alice");

	await alice.goto(firm.home + "certrqus.asp");
	assert.doesNotMatch(await text(alice), /Web browser certificate/);
	await alice.getByRole("link", { name: "User", exact: true }).click();
	await alice.getByRole("button", { name: "Make the key and send" }).click();
	await alice.waitForURL(/certfnsh/);
	assert.equal(await heading(alice), "Certificate Issued");
	await alice.getByText("is in this browser:").waitFor();
});

tell("a template by the advanced page", async (crowd) => {
	const alice = await crowd.person("alice");

	await alice.goto(firm.home + "certrqus.asp");
	await alice.getByRole("link", { name: "Web server" }).click();
	assert.equal(await alice.getByLabel("Certificate template").inputValue(),
		"WebServer");
	await alice.getByLabel("Common name (required)").fill("www.example.com");
	await alice.getByLabel("Name 1", { exact: true }).fill("www.example.com");
	await alice.getByText("P-256", { exact: true }).click();
	await alice.getByRole("button", { name: "Make the key and send" }).click();
	await alice.waitForURL(/certfnsh/);
	assert.equal(await heading(alice), "Certificate Issued");
});

tell("a request file and a template, without JavaScript", async (crowd) => {
	const alice = await crowd.person("alice", { javaScriptEnabled: false });

	await alice.goto(firm.home + "certrqxt.asp");
	await alice.getByLabel("Saved request").fill(makeCsr("/CN=ignored"));
	await alice.getByLabel("Certificate template").selectOption({
		label: "Client authentication" });
	await alice.getByRole("button", { name: "Submit" }).click();
	assert.equal(await heading(alice), "Certificate Issued");
	assert.equal(firm.json("request", "list").rows[0].template, "ClientAuth");
});

tell("nobody who may not ask is offered anything", async (crowd) => {
	const officer = await crowd.person("officer");

	await officer.goto(firm.home + "certrqus.asp");
	assert.match(await text(officer), /You may not ask for any certificate/);
});
