/* Debian's Firefox (playwright-core drives only one of its own, so puppeteer-core
 * does, by WebDriver BiDi), and a window in it for somebody with an account. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { until } from "./demo.mjs";

export class Firefox {
	constructor() {
		this.dir = mkdtempSync(join(tmpdir(), "ocs-firefox-"));
		this.downloads = mkdtempSync(join(this.dir, "downloads-"));
	}
	/* The profile is the same each time. */
	async start() {
		this.browser = await puppeteer.launch({ browser: "firefox",
			executablePath: "/usr/bin/firefox-esr", headless: true,
			acceptInsecureCerts: true, userDataDir: join(this.dir, "profile"),
			env: { ...process.env, HOME: this.dir },
			extraPrefsFirefox: {
				"browser.download.dir": this.downloads,
				"browser.download.folderList": 2,
				"browser.download.useDownloadDir": true,
				"browser.download.always_ask_before_handling_new_types": false,
			} });
	}
	stop() {
		return this.browser.close();
	}
	async close() {
		await this.stop();
		rmSync(this.dir, { recursive: true, force: true });
	}
	/* page.problems: errors in the console or in scripts. */
	async person(demo, name) {
		const page = await this.browser.newPage();

		page.problems = [];
		page.on("pageerror", (e) => page.problems.push(String(e)));
		page.on("console", (m) => {
			if (m.type() === "error")
				page.problems.push(m.text());
		});
		page.setDefaultTimeout(60000);
		await page.authenticate({ username: name,
			password: demo.password(name) });
		return page;
	}
	/* The file that an action saves. */
	async download(act) {
		const before = readdirSync(this.downloads);
		let file;

		await act();
		await until(() => {
			const all = readdirSync(this.downloads);
			file = all.find((n) => !before.includes(n) && !n.endsWith(".part"));
			return file && !all.some((n) => n.endsWith(".part"));
		});
		return join(this.downloads, file);
	}
}
