/* What goes wrong in the middle: each ends in a page that says what happened
 * and what to do, and nothing is sent twice. */
import assert from "node:assert/strict";
import { makeCsr, makeKey, until } from "./lib/demo.mjs";
import { demo, headed, numberOn, says, story, submit, text } from "./lib/people.mjs";

async function fillForm(page, csr) {
	await page.goto(demo.home + "certrqxt.asp");
	await page.getByLabel("Saved request").fill(csr);
}
const send = (page) => page.getByRole("button", { name: "Submit" }).click();

for (const javaScriptEnabled of [true, false])
	story(`a double click makes one request (scripts: ${javaScriptEnabled})`,
		async (crowd) => {
			const name = `double-${javaScriptEnabled}.example.com`;
			const alice = await crowd.person("alice", { javaScriptEnabled });
			await fillForm(alice, makeCsr(`/CN=${name}`));
			await alice.getByRole("button", { name: "Submit" }).dblclick();
			await alice.getByRole("heading", { name: "Certificate Pending" }).waitFor();
			assert.deepEqual(demo.numbers(name), [await numberOn(alice)]);
		});

/* Chromium makes one POST of a double click; of these it makes two. */
story("an impatient second click makes no second request", async (crowd) => {
	const alice = await crowd.person("alice");
	await fillForm(alice, makeCsr("/CN=impatient.example.com"));
	let arrived;
	const first = new Promise((done) => { arrived = done; });
	let posts = 0;
	await alice.route("**/certfnsh.asp", async (route) => {
		if (++posts > 1)
			return route.continue();
		await route.fetch(); /* the server has it, its answer never comes */
		arrived();
	});
	const button = alice.getByRole("button", { name: "Submit" });
	await button.scrollIntoViewIfNeeded();
	const box = await button.boundingBox();
	const press = () => alice.mouse.click(box.x + 5, box.y + 5);
	await press();
	await first;
	await press();
	const number = await numberOn(alice);
	assert.equal(posts, 2);
	assert.deepEqual(demo.numbers("impatient.example.com"), [number]);
});

story("loading the answer again sends nothing new", async (crowd) => {
	const alice = await crowd.person("alice");
	const number = await submit(alice, makeCsr("/CN=reload.example.com"));
	await alice.reload();
	assert.equal(await numberOn(alice), number);
	assert.deepEqual(demo.numbers("reload.example.com"), [number]);
});

story("back after sending shows the form, and sends nothing", async (crowd) => {
	const alice = await crowd.person("alice");
	const number = await submit(alice, makeCsr("/CN=back.example.com"));
	await alice.goBack();
	await headed(alice, "Submit a certificate request");
	assert.deepEqual(demo.numbers("back.example.com"), [number]);
	/* And the form works: what is sent from it is another request. */
	await alice.getByLabel("Saved request").fill(makeCsr("/CN=back2.example.com"));
	await send(alice);
	assert.notEqual(await numberOn(alice), number);
});

story("back after deciding says that it has been decided", async (crowd) => {
	crowd.expected.add(409);
	const alice = await crowd.person("alice");
	const officer = await crowd.person("officer");
	const number = await submit(alice, makeCsr("/CN=decided.example.com"));
	const page = `${demo.home}officer/request.asp?ReqID=${number}`;
	await officer.goto(page);
	const other = await crowd.person("officer2");
	await other.goto(page);
	await officer.getByRole("button", { name: "Issue the certificate" }).click();
	await headed(officer, `Request ${number} is issued`);
	await officer.goBack();
	await says(officer, /Issued/);
	assert.equal(await officer.getByRole("button", { name: "Issue" }).count(), 0);
	/* The colleague's page still shows the button. */
	await other.getByRole("button", { name: "Issue the certificate" }).click();
	await headed(other, "It has been decided already");
	await other.getByRole("link", { name: `Back to request ${number}` }).click();
	await says(other, /Issued/);
});

story("the form comes back with what was typed", async (crowd) => {
	const alice = await crowd.person("alice");
	await fillForm(alice, "   ");
	await alice.getByText("Additional attributes").click();
	await alice.getByLabel("Attributes", { exact: true }).fill("Department:IT");
	await send(alice);
	await says(alice, /There is no request in what you sent/);
	assert.equal(await alice.getByLabel("Attributes", { exact: true }).inputValue(),
		"Department:IT");
	/* Unreadable is another page, because it has a number. */
	const cut = makeCsr("/CN=typed.example.com").slice(0, 200);
	await alice.getByLabel("Saved request").fill(cut);
	await send(alice);
	await headed(alice, "Certificate Request Denied");
	assert.equal(await alice.getByLabel("Saved request").inputValue(), cut);
	await alice.getByLabel("Saved request").fill(makeCsr("/CN=typed.example.com"));
	await send(alice);
	assert.equal(demo.row(await numberOn(alice)).attributes, "Department:IT");
});

story("a private key is never shown again", async (crowd) => {
	const alice = await crowd.person("alice");
	const key = makeKey();
	const secret = key.split("\n")[1];
	for (const by of ["text", "file"]) {
		await fillForm(alice, by === "text" ? key : "");
		if (by === "file")
			await alice.getByLabel("Or choose the file").setInputFiles({
				name: "x.key", mimeType: "text/plain", buffer: Buffer.from(key) });
		await send(alice);
		await says(alice, /contains, a private key/);
		assert.ok(!(await alice.content()).includes(secret));
		assert.equal(await alice.getByLabel("Saved request").inputValue(), "");
	}
});

story("the password is changed before the form is sent", async (crowd) => {
	crowd.expected.add(401);
	const bob = await crowd.person("bob");
	await fillForm(bob, makeCsr("/CN=expired.example.com"));
	demo.setPassword("bob", "another password 17");
	/* The web role remembers a right password for a moment. */
	await until(() => demo.status("bob") === 401);
	try {
		await send(bob);
		await headed(bob, "Sign in");
		await says(bob, /What you sent was not kept/);
		assert.ok(await bob.getByRole("main")
			.getByRole("link", { name: "Sign in" }).isVisible());
	} finally {
		demo.setPassword("bob", demo.password("bob"));
	}
	assert.deepEqual(demo.numbers("expired.example.com"), []);
	await bob.getByRole("main").getByRole("link", { name: "Sign in" }).click();
	await headed(bob, "What would you like to do?");
});

story("the officer's page is older than the server", async (crowd) => {
	crowd.expected.add(403);
	const alice = await crowd.person("alice");
	const officer = await crowd.person("officer");
	const number = await submit(alice, makeCsr("/CN=old-page.example.com"));
	await officer.goto(`${demo.home}officer/request.asp?ReqID=${number}`);
	await demo.restartProgram("web");
	await officer.getByRole("button", { name: "Issue the certificate" }).click();
	await headed(officer, "Please send it again");
	assert.equal(demo.row(number).disposition, "pending");
	await officer.getByRole("link", { name: `Open request ${number}` }).click();
	await officer.getByRole("button", { name: "Issue the certificate" }).click();
	await headed(officer, `Request ${number} is issued`);
});

story("the CA goes away before the form is sent, and comes back", async (crowd) => {
	crowd.expected.add(503);
	const alice = await crowd.person("alice");
	const csr = makeCsr("/CN=away.example.com");
	await fillForm(alice, csr);
	const comeBack = demo.stopProgram("ca");
	try {
		await send(alice);
		await headed(alice, "The certification authority is not answering");
		await says(alice, /Nothing was changed and nothing was kept/);
		await says(alice, /Try again in a few minutes/);
		assert.equal(await alice.getByLabel("Saved request").inputValue(), csr);
	} finally {
		await demo.wake(comeBack);
	}
	/* From the very page that said so. */
	await send(alice);
	await headed(alice, "Certificate Pending");
	assert.deepEqual(demo.numbers("away.example.com"), [await numberOn(alice)]);
});

story("the web role goes away before the form is sent", async (crowd) => {
	crowd.expected.add(503);
	const alice = await crowd.person("alice");
	await fillForm(alice, makeCsr("/CN=noweb.example.com"));
	const comeBack = demo.stopProgram("web");
	try {
		await send(alice);
		await headed(alice, "The pages cannot answer now");
		await says(alice, /Try again in a minute/);
	} finally {
		comeBack();
	}
	await until(() => demo.status("alice") === 200);
	await alice.getByRole("link", { name: "Try again" }).click();
	await headed(alice, "What would you like to do?");
	assert.deepEqual(demo.numbers("noweb.example.com"), []);
});

for (const where of ["its page", "the receipt"]) story(`a waiting request looks by itself: ${where}`, async (crowd) => {
	const alice = await crowd.person("alice");
	await alice.clock.install();
	const number = await submit(alice, makeCsr("/CN=patient.example.com"));
	if (where === "its page")
		await alice.getByRole("link",
			{ name: `Follow request ${number}` }).click();
	await says(alice, /This page also looks by itself/);
	await alice.evaluate(() => { window.same = true; });
	let looks = 0;
	alice.on("requestfinished", (r) => { looks += r.resourceType() === "fetch"; });
	const wait = (minutes, condition) => until(async () => {
		await alice.clock.fastForward(minutes * 60000);
		return condition();
	});
	await wait(1, () => looks >= 2);
	assert.equal(await alice.evaluate(() => window.same), true);
	demo.cli("request", "issue", number);
	await wait(5, async () => /Certificate, Base 64/.test(await text(alice)));
	await says(alice, /Certificate, Base 64/);
	/* Issued: it looks no more. */
	assert.equal(await alice.locator("script[src*='waiting.js']").count(), 0);
});

story("a waiting request without scripts has a link", async (crowd) => {
	const alice = await crowd.person("alice", { javaScriptEnabled: false });
	const number = await submit(alice, makeCsr("/CN=link.example.com"));
	await alice.getByRole("link", { name: `Follow request ${number}` }).click();
	assert.doesNotMatch(await text(alice), /This page also looks by itself/);
	demo.cli("request", "issue", number);
	await alice.getByRole("link", { name: "Look again" }).click();
	await says(alice, /Certificate, Base 64/);
});
