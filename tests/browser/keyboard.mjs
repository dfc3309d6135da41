/* The main job by keyboard alone: nothing is clicked, and at every stop one
 * can see where one is. */
import assert from "node:assert/strict";
import { makeCsr, verify } from "./lib/demo.mjs";
import { demo, headed, heading, numberOn, says, story } from "./lib/people.mjs";

/* What has the focus: its name for people, and whether that can be seen. */
function focus() {
	const e = document.activeElement;
	const style = getComputedStyle(e);
	const box = e.getBoundingClientRect();
	return {
		name: e.labels?.[0]?.innerText || e.innerText || e.value || "",
		seen: e === document.body ||
			(style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 &&
			box.width > 0 && box.bottom > 0 && box.top < innerHeight),
		html: e.outerHTML.slice(0, 100),
	};
}

async function tabTo(page, name) {
	for (let stops = 0; stops < 60; stops++) {
		await page.keyboard.press("Tab");
		const f = await page.evaluate(focus);
		assert.ok(f.seen, `the focus cannot be seen on ${f.html}`);
		if (name.test(f.name))
			return;
	}
	assert.fail(`Tab never reaches ${name} on "${await heading(page)}"`);
}

async function press(page, name) {
	await tabTo(page, name);
	await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
}

story("the main job by keyboard alone", async (crowd) => {
	const alice = await crowd.person("alice");
	await alice.goto(demo.home);
	await alice.keyboard.press("Tab");
	assert.match((await alice.evaluate(focus)).name, /Skip to the content/);
	await alice.keyboard.press("Enter");
	await press(alice, /^Request a certificate$/);
	await press(alice, /^I have a request file$/);
	await tabTo(alice, /^Saved request$/);
	await alice.keyboard.insertText(makeCsr("/CN=keys.example.com"));
	await press(alice, /^Submit/);
	const number = await numberOn(alice);

	const officer = await crowd.person("officer");
	await officer.goto(demo.home);
	await press(officer, /^Decide$/);
	await press(officer, new RegExp(`^Decide on ${number}$`));
	await press(officer, /^Issue the certificate$/);
	await headed(officer, `Request ${number} is issued`);

	await press(alice, /^My requests$/);
	await press(alice, new RegExp(`^Collect ${number}$`));
	await tabTo(alice, /^Certificate, Base 64$/);
	const [file] = await Promise.all([
		alice.waitForEvent("download"), alice.keyboard.press("Enter")]);
	assert.match(verify(demo, await file.path()), /keys\.example\.com/);

	await press(officer, /^Look at request/);
	await press(officer, /^Revoke…$/);
	await tabTo(officer, /^Reason$/);
	await officer.keyboard.type("Replaced");
	await press(officer, /^Revoke the certificate$/);
	await headed(officer, `Certificate ${number} is revoked`);
});

story("refuse by keyboard alone", async (crowd) => {
	const alice = await crowd.person("alice");
	await alice.goto(demo.home + "certrqxt.asp");
	await tabTo(alice, /^Saved request$/);
	await alice.keyboard.insertText(makeCsr("/CN=nokeys.example.com"));
	await press(alice, /^Submit/);
	const number = await numberOn(alice);
	const officer = await crowd.person("officer");
	await officer.goto(`${demo.home}officer/request.asp?ReqID=${number}`);
	await tabTo(officer, /^Reason for refusing$/);
	await officer.keyboard.insertText("Ask again in May.");
	await press(officer, /^Refuse$/);
	await press(alice, /^Follow request/);
	await says(alice, /Ask again in May\./);
});
