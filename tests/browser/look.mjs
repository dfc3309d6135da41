/* Every page, light, dark and on a phone: no axe finding, and nothing that
 * makes the page scroll sideways. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { firm } from "./lib/firm.mjs";
import { sticksOut } from "./lib/room.mjs";
import { demo, story } from "./lib/people.mjs";
import { fill, fillFirm, FIRM_PAGES, nginxPages, PAGES, view, VIEWS }
	from "./lib/pages.mjs";

const axe = readFileSync(createRequire(import.meta.url)
	.resolve("axe-core/axe.min.js"), "utf8");
const RULES = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
	"best-practice"], resultTypes: ["violations"] };

async function findings(page) {
	const { violations } = await page.evaluate((r) => window.axe.run(r), RULES);
	return violations.flatMap((v) => v.nodes.map((n) =>
		`${v.id}: ${n.target} ${n.html.slice(0, 120)}`));
}

function look(of, pages, fillIt, prefix) {
	let ids;

	for (const [name, who, go, status = 200] of pages)
		story(`looks: ${prefix}${name}`, async (crowd) => {
			crowd.expected.add(status);
			crowd.origins.push(of.plain,
				of.origin.replace("localhost", "pki.example"));
			ids ??= fillIt(of);
			await judge(await crowd.person(who), (p) => go(p, of, ids));
		}, of);
}

async function judge(page, go) {
	await go(page);
	await page.evaluate(axe);
	const found = [];
	for (const v of VIEWS) {
		await view(page, v);
		for (const f of [...await findings(page), ...await page.evaluate(sticksOut)])
			found.push(`${v[0]}: ${f}`);
	}
	assert.deepEqual(found, []);
}

look(demo, [...PAGES, ...nginxPages(demo)], fill, "");
look(firm, FIRM_PAGES, fillFirm, "enterprise ");
