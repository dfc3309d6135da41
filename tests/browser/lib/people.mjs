/* Chromium, and people with accounts who use it.
 *
 * Whatever they do is watched: every test ends with the check that no page
 * broke the Content-Security-Policy, wrote an error to the console or asked
 * another origin for anything. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launch, newPerson } from "./chromium.mjs";
import { startDemo, until } from "./demo.mjs";

export const demo = await startDemo();
const browser = await launch();
after(() => browser.close());

/* Runs before any script of a page. */
function watchPolicy() {
	document.addEventListener("securitypolicyviolation", (e) =>
		console.error(`CSP: ${e.violatedDirective} ${e.blockedURI}`));
}

export class Crowd {
	constructor(of = demo) {
		this.demo = of;
		this.contexts = [];
		this.problems = [];
		this.origins = [of.origin];
		/* Statuses of documents that a test asks for on purpose, and
		 * words of a console message that it provokes. */
		this.expected = new Set();
		this.provoked = null;
	}
	/* A browser of its own in which somebody (or nobody) signs in. */
	async person(name, options = {}) {
		const page = await newPerson(browser, this.demo, name, options);
		const context = page.context();
		this.contexts.push(context);
		await context.addInitScript(watchPolicy);
		context.on("request", (r) => this.request(r));
		context.on("weberror", (e) => this.problems.push(String(e.error())));
		context.on("console", (m) => this.console(m));
		/* Only a script that came in with some text would open one. */
		page.on("dialog", (d) => {
			this.problems.push(`a dialog: ${d.message()}`);
			d.dismiss();
		});
		return page;
	}
	request(r) {
		const url = new URL(r.url());
		if (!this.origins.includes(url.origin) && url.protocol !== "data:")
			this.problems.push(`asked a foreign origin: ${r.url()}`);
	}
	console(m) {
		const status = /status of (\d+)/.exec(m.text())?.[1];
		if (this.provoked?.test(m.text()))
			return;
		if (m.type() === "error" && !this.expected.has(Number(status)))
			this.problems.push(`console: ${m.text()} (${m.location().url})`);
	}
	async close() {
		for (const c of this.contexts)
			await c.close();
	}
}

/* One test, with people who come and go with it. */
export function story(name, body, of = demo) {
	test(name, async () => {
		const crowd = new Crowd(of);
		try {
			await body(crowd);
		} finally {
			await crowd.close();
		}
		assert.deepEqual(crowd.problems, []);
	});
}

/* Between two pages there is nothing to read: "". */
const read = (page, part) => page.locator(part).innerText({ timeout: 1000 })
	.catch(() => "");
export const heading = (page) => read(page, "h1");
export const text = (page) => read(page, "body");

/* A click returns before the next page is there: these wait for it. */
async function becomes(page, part, fits, what) {
	let last;
	try {
		await until(async () => fits(last = await read(page, part)));
	} catch {
		assert.fail(`${page.url()} never says ${what}, but: ${last}`);
	}
}
export const headed = (page, words) =>
	becomes(page, "h1", (t) => t === words, words);
export const says = (page, pattern) =>
	becomes(page, "body", (t) => pattern.test(t), pattern);

/* Alice's usual way: home, request, paste, submit; the request's number. */
export async function submit(page, csr, attributes = "") {
	await page.goto(demo.home);
	await page.getByRole("link", { name: "Request a certificate" }).click();
	await page.getByRole("link", { name: "I have a request file" }).click();
	await page.getByLabel("Saved request").fill(csr);
	if (attributes) {
		await page.getByText("Additional attributes").click();
		await page.getByLabel("Attributes", { exact: true }).fill(attributes);
	}
	await page.getByRole("button", { name: "Submit" }).click();
	return numberOn(page);
}

export async function numberOn(page) {
	const pattern = /Your Request Id is (\d+)/;
	await says(page, pattern);
	return Number(pattern.exec(await text(page))[1]);
}
