/* Things go wrong while a key is made and its certificate collected: each ends
 * in a page that says what to do, and no key and no request is lost. */
import assert from "node:assert/strict";
import { until } from "./lib/demo.mjs";
import { download, openssl } from "./lib/judge.mjs";
import { demo, headed, numberOn, says, story, text } from "./lib/people.mjs";

const PASS = "a few unrelated words";
const sendButton = (page) => page.getByRole("button",
	{ name: "Make the key and send" });

async function fill(page, name) {
	await page.goto(demo.home + "certrqbi.asp?type=0");
	await sendButton(page).and(page.locator(":enabled")).waitFor();
	await page.getByLabel("Name (required)").fill(name);
}

async function ask(page, name) {
	await fill(page, name);
	await sendButton(page).click();
	return numberOn(page);
}

function keyCount(page) {
	return page.evaluate(() => new Promise((done) => {
		const r = indexedDB.open("certsrv", 1);
		r.onsuccess = () => {
			const n = r.result.transaction("keys").objectStore("keys").count();
			n.onsuccess = () => done(n.result);
		};
	}));
}

story("keys: a double click makes one key and one request", async (crowd) => {
	const alice = await crowd.person("alice");

	await fill(alice, "twice.example");
	await sendButton(alice).dblclick();
	await headed(alice, "Certificate Pending");
	assert.equal(await keyCount(alice), 1);
	assert.equal(demo.numbers("twice.example").length, 1);
});

story("keys: two tabs, and back, are requests of their own", async (crowd) => {
	const alice = await crowd.person("alice");
	const second = await alice.context().newPage();

	await fill(alice, "tab1.example");
	await fill(second, "tab2.example");
	await sendButton(alice).click();
	await sendButton(second).click();
	assert.notEqual(await numberOn(alice), await numberOn(second));
	assert.equal(await keyCount(alice), 2);
	await alice.goBack();
	await sendButton(alice).and(alice.locator(":enabled")).waitFor();
	await alice.getByLabel("Name (required)").fill("back.example");
	await sendButton(alice).click();
	await headed(alice, "Certificate Pending");
	assert.equal(demo.numbers("back.example").length, 1);
	assert.equal(await keyCount(alice), 3);
});

story("keys: the sign-in ends before it is sent; the key is still there",
	async (crowd) => {
		const bob = await crowd.person("bob");
		const before = demo.password("bob");

		crowd.expected.add(401);
		await fill(bob, "expired.example");
		demo.setPassword("bob", "another secret word");
		try {
			/* The web role remembers a right password for a moment. */
			await until(() => demo.status("bob") === 401);
			await sendButton(bob).click();
			await says(bob, /sign in/i);
			assert.deepEqual(demo.numbers("expired.example"), []);
		} finally {
			demo.setPassword("bob", before);
		}
		await until(() => demo.status("bob") === 200);
		await bob.goto(demo.home + "keys.asp");
		await says(bob, /expired\.example/);
		const file = await download(bob, () => bob.getByRole("button",
			{ name: "Save request" }).click());
		assert.match(openssl("req", "-in", file.path, "-noout", "-verify",
			"-subject"), /expired\.example/);
		await bob.goto(demo.home + "certrqxt.asp");
		await bob.locator("#request-file").setInputFiles(file.path);
		await bob.getByRole("button", { name: "Submit" }).click();
		const number = await numberOn(bob);
		demo.cli("request", "issue", number);
		await bob.goto(`${demo.home}request.asp?ReqID=${number}`);
		await bob.getByText("is in this browser:").waitFor();
	});

story("keys: the CA is away; the request is in the form, and fits its key",
	async (crowd) => {
		const alice = await crowd.person("alice");

		crowd.expected.add(503);
		/* A password was changed before: what the web role knows of the
		 * CA and of sign-ins is made anew within seconds. */
		for (let i = 0; i < 3; i++) {
			await fill(alice, "away.example");
			await alice.waitForTimeout(3000);
		}
		const resume = demo.stopProgram("ca");
		try {
			await sendButton(alice).click();
			await headed(alice,
				"The certification authority is not answering");
			await says(alice, /nothing was kept/);
		} finally {
			await demo.wake(resume);
		}
		await alice.getByRole("button", { name: "Submit" }).click();
		const number = await numberOn(alice);
		demo.cli("request", "issue", number);
		await alice.goto(`${demo.home}request.asp?ReqID=${number}`);
		await alice.getByText("is in this browser:").waitFor();
	});

story("keys: deleted before the certificate came", async (crowd) => {
	const alice = await crowd.person("alice");
	const number = await ask(alice, "deleted.example");

	await alice.goto(demo.home + "keys.asp");
	await alice.getByRole("button", { name: "Delete…" }).click();
	await alice.getByLabel("Name of the key").fill("deleted.example");
	await alice.getByRole("button", { name: "Delete", exact: true }).click();
	await says(alice, /no keys in this browser/);
	demo.cli("request", "issue", number);
	await alice.goto(`${demo.home}request.asp?ReqID=${number}`);
	await says(alice, /key of this certificate is not in this browser/);
	assert.equal(await alice.getByLabel("Password for the file").isVisible(),
		false);
});

story("keys: a browser that cannot keep one sends nothing", async (crowd) => {
	const alice = await crowd.person("alice");

	await alice.context().addInitScript(() => {
		IDBObjectStore.prototype.put = () => {
			throw new DOMException("full", "QuotaExceededError");
		};
	});
	await fill(alice, "full.example");
	await sendButton(alice).click();
	await says(alice, /could not keep the key.*Nothing was sent/);
	assert.deepEqual(demo.numbers("full.example"), []);
});

story("keys: a passphrase later, and the file from the list", async (crowd) => {
	const alice = await crowd.person("alice");
	const number = await ask(alice, "listed.example");

	demo.cli("request", "issue", number);
	await alice.goto(`${demo.home}request.asp?ReqID=${number}`);
	await alice.getByText("is in this browser:").waitFor();
	await alice.goto(demo.home + "keys.asp");
	await alice.getByRole("button", { name: "Set a passphrase…" }).click();
	await alice.getByLabel("Passphrase", { exact: true }).fill(PASS);
	await alice.getByLabel("The same passphrase again").fill("other words");
	await alice.getByRole("button", { name: "Protect the key" }).click();
	await says(alice, /two passphrases differ/);
	await alice.getByLabel("The same passphrase again").fill(PASS);
	await alice.getByRole("button", { name: "Protect the key" }).click();
	await says(alice, /with passphrase/);
	assert.equal(await alice.getByRole("button",
		{ name: "Set a passphrase…" }).count(), 0);
	await alice.getByRole("button", { name: "Save to a file…" }).click();
	await alice.getByLabel("Password for the file").fill(PASS);
	await alice.getByLabel("The same again").fill(PASS);
	await alice.getByRole("button", { name: "Save certificate and key" }).click();
	await says(alice, /not the passphrase of the key/);
	await alice.getByLabel("Passphrase of the key").fill(PASS);
	const p12 = await download(alice, () => alice.getByRole("button",
		{ name: "Save certificate and key" }).click());
	assert.match(openssl("pkcs12", "-in", p12.path, "-noenc", "-passin",
		`pass:${PASS}`), /BEGIN PRIVATE KEY/);
	assert.match(await text(alice), /Saved\. Install it/);
});

story("keys: a name of the wrong kind is told in our words", async (crowd) => {
	const alice = await crowd.person("alice");

	await alice.goto(demo.home + "certrqma.asp");
	await sendButton(alice).and(alice.locator(":enabled")).waitFor();
	await alice.getByLabel("Common name (required)").fill("x.example");
	for (const [kind, name, words] of [["ip", "300.1.1.1", "IP address"],
		["ip", "10.1", "IP address"], ["dns", "a b", "host name"],
		["uri", "nonsense", "address (URI)"]]) {
		await alice.getByLabel("Kind of name 1").selectOption(kind);
		await alice.getByLabel("Name 1", { exact: true }).fill(name);
		await sendButton(alice).click();
		await alice.locator("#problem").getByText(`"${name}" is not a`).waitFor();
		assert.ok((await text(alice)).includes(words));
	}
});
