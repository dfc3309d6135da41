/* The pages in other languages. Needs a build with -Dpseudo_language=true,
 * whose extra language wraps each message in brackets and makes it longer:
 * what stands outside of brackets was not translated, and what has no room
 * then has none in German either.
 *     OCS_BUILD=build-pseudo node tests/browser/languages.mjs */
import assert from "node:assert/strict";
import { firm } from "./lib/firm.mjs";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./lib/demo.mjs";
import { demo, story } from "./lib/people.mjs";
import { fill, fillFirm, FIRM_PAGES, PAGES } from "./lib/pages.mjs";
import { sticksOut } from "./lib/room.mjs";

/* What the shipped certificate templates are called: that is configuration. */
function templateWords() {
	const folder = join(ROOT, "templates");
	return readdirSync(folder).flatMap((name) =>
		[...readFileSync(join(folder, name), "utf8").matchAll(
			/^(?:display_name|description): (.*)$/gm)].map((m) =>
			m[1].replace(/[.*+?^${}()|[\]\\]/g, "\\$&")))
		.sort((a, b) => b.length - a.length);
}

/* Words that are data, names of things, or what programs read: no language
 * has others for them. */
const SAME_EVERYWHERE = new RegExp([...templateWords(), "https?://\\S+", "[\\w.-]+\\.(com|org|asp|p12)",
	"localhost\\\\.*", "alice|bob|officer", "Example s\\.r\\.o\\.",
	"OpenCertSrv Demo CA|Demo CA|Firm CA|OpenCertSrv", "C=|O=|CN=|CZ",
	"DNS:", "RSA|ECDSA|Ed25519|SHA-\\d+|P-\\d+|EC\\b", "PKCS ?#\\d+|CMC|DER|PEM|CSR",
	"(Base|base) 64", "bits", "UTC", "English|Deutsch|Pseudo",
	"certreq -new request\\.inf request\\.req", "\\d+ (year|month|week|day)s?", "([0-9A-F]{2}:)+[0-9A-F]{2}|[0-9a-f]{16,}", "Department:IT|IT"]
	.join("|"), "g");

/* Text of the page that people see or hear and that is in no message. Runs in
 * the page. */
function untranslated(pattern) {
	const same = new RegExp(pattern, "g");
	const skip = "script, noscript, template, code, pre, .mono, .code, [lang=en], " +
		"[translate=no], datalist, #words, dl.kv dd, td, option, textarea, " +
		".who strong, .brand span, .time small";
	const rest = (text) => {
		let t = text, before;
		/* Messages within messages. */
		do {
			before = t;
			t = t.replace(/\[[^[\]]*\]/g, " ");
		} while (t !== before);
		return t.replace(same, " ").replace(/[^\p{L}]+/gu, " ").trim();
	};
	const found = [];
	const blocks = [...document.querySelectorAll("title, body *")].filter((e) =>
		!e.closest(skip) && [...e.childNodes].some((n) =>
			n.nodeType === Node.TEXT_NODE && n.data.trim()));
	for (const e of blocks) {
		/* A message may hold elements: look from the outermost that
		 * has text of its own. */
		const outer = blocks.find((o) => o.contains(e));
		if (outer !== e)
			continue;
		const copy = e.cloneNode(true);
		copy.querySelectorAll(skip).forEach((x) => x.remove());
		const words = rest(copy.textContent);
		if (/\p{L}{2}/u.test(words))
			found.push(`${e.tagName} "${words}" in "${copy.textContent.trim()}"`);
	}
	for (const e of document.querySelectorAll("[title], [aria-label], [alt], " +
		"[placeholder], [data-label], input[type=submit]"))
		for (const name of ["title", "aria-label", "alt", "data-label", "value"]) {
			const text = e.getAttribute(name);
			if (text && (name !== "value" || e.type === "submit") &&
			    /\p{L}{2}/u.test(rest(text)))
				found.push(`${name}="${text}"`);
		}
	return found;
}

async function speak(page, of, tag) {
	await page.context().addCookies([{ name: "lang", value: tag, url: of.home }]);
}

function crawl(of, pages, fillIt, prefix) {
	let ids;

	for (const [name, who, go, status = 200] of pages)
		story(`language: ${prefix}${name}`, async (crowd) => {
			crowd.expected.add(status);
			crowd.origins.push(of.plain,
				of.origin.replace("localhost", "pki.example"));
			ids ??= fillIt(of);
			const page = await crowd.person(who);
			await speak(page, of, "en-XA");
			await go(page, of, ids);
			assert.equal(await page.locator("html").getAttribute("lang"),
				"en-XA");
			assert.deepEqual(await page.evaluate(untranslated,
				SAME_EVERYWHERE.source), []);
			await page.setViewportSize({ width: 390, height: 844 });
			assert.deepEqual(await page.evaluate(sticksOut), []);
		}, of);
}

/* nginx's own pages and those of another host see no cookie of ours. */
const ours = (pages) => pages.filter(([name]) =>
	!/^(nginx|unknown-host|plain-http)/.test(name));
crawl(demo, ours(PAGES), fill, "");
crawl(firm, ours(FIRM_PAGES), fillFirm, "enterprise ");

story("a person chooses the language at the foot of the page", async (crowd) => {
	const page = await crowd.person("alice");

	await page.goto(demo.home + "certrqma.asp?a=b");
	await page.getByRole("button", { name: "Deutsch" }).click();
	await page.getByRole("heading", { name: "Erweiterter Zertifikatsantrag" })
		.waitFor();
	assert.equal(page.url(), demo.home + "certrqma.asp?a=b");
	await page.getByRole("link", { name: "Meine Anträge" }).first().click();
	await page.getByRole("heading", { name: "Meine Anträge" }).waitFor();
	await page.getByRole("button", { name: "English" }).click();
	await page.getByRole("heading", { name: "My requests" }).waitFor();
});

story("what scripts find wrong is said in the language of the page", async (crowd) => {
	const page = await crowd.person("alice", { locale: "de-DE" });

	await page.goto(demo.home + "certrqma.asp");
	await page.locator("#cn").fill("www.example.com");
	await page.locator(".san input").fill("somebody@example.com");
	await page.locator("#send:enabled").click();
	await page.getByText("„somebody@example.com“ ist kein Hostname.").first().waitFor();
});
