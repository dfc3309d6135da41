/* Pictures of every page, light, dark and on a phone (tools/screenshots). */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch, newPerson } from "./lib/chromium.mjs";
import { ROOT, startDemo } from "./lib/demo.mjs";
import { fill, nginxPages, PAGES, view, VIEWS } from "./lib/pages.mjs";

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
const folder = join(ROOT, forReadme ? "docs/screenshots" : "build/screenshots");
mkdirSync(folder, { recursive: true });
const demo = await startDemo();
const browser = await launch();
const ids = fill(demo);
for (const [name, who, go] of [...PAGES, ...nginxPages(demo)]) {
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
await browser.close();
console.log(`Pictures are in ${folder}`);
