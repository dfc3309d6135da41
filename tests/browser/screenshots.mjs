/* Pictures of every page, light, dark and on a phone (tools/screenshots). */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch, newPerson } from "./lib/chromium.mjs";
import { ROOT, startDemo } from "./lib/demo.mjs";
import { fill, fillFirm, FIRM_PAGES, nginxPages, PAGES, view, VIEWS }
	from "./lib/pages.mjs";

/* Those of README.md: page, view, file. */
const README = [
	["home", "light", "home.png"],
	["review", "light", "review.png"],
	["home", "phone", "phone.png"],
];

async function shoot(page, path) {
	await page.screenshot({ path, fullPage: true, animations: "disabled" });
	/* The repository stays small: a palette is a third of the size. */
	if (forReadme)
		execFileSync("pngquant", ["--strip", "--speed", "1", "--force",
			"--output", path, path]);
}

const forReadme = process.argv.includes("--docs");
const wanted = process.argv.slice(2).filter((a) => !a.startsWith("--"));
const folder = join(ROOT, "docs/screenshots");
mkdirSync(folder, { recursive: true });
const browser = await launch();

async function shootAll(demo, pages, ids, prefix) {
	for (const [plain, who, go] of pages) {
		const name = prefix + plain;
		const views = VIEWS.map((v) => [v, forReadme
			? README.find((r) => r[0] === name && r[1] === v[0])?.[2]
			: `${name}-${v[0]}.png`]).filter(([, file]) => file);
		if (!views.length || (wanted.length && !wanted.includes(name)))
			continue;
		const page = await newPerson(browser, demo, who);
		await go(page, demo, ids);
		await page.waitForLoadState();
		for (const [v, file] of views) {
			await view(page, v);
			await shoot(page, join(folder, file));
		}
		await page.context().close();
	}
}

const demo = await startDemo();
await shootAll(demo, [...PAGES, ...nginxPages(demo)], fill(demo), "");
if (!forReadme) {
	const firm = await startDemo("--ca-type", "enterprise");
	await shootAll(firm, FIRM_PAGES, fillFirm(firm), "enterprise-");
}
await browser.close();
console.log(`Pictures are in ${folder}`);
