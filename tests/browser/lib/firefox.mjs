/* Debian's Firefox, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/),
 * and a window in it for somebody with an account. As little as the tests of the key
 * modules need: playwright-core drives only a Firefox of its own. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import WebSocket from "ws";
import { until } from "./demo.mjs";

const PREFS = {
	"browser.download.folderList": 2,
	"browser.download.useDownloadDir": true,
	"browser.download.always_ask_before_handling_new_types": false,
	"browser.shell.checkDefaultBrowser": false,
	"datareporting.policy.dataSubmissionEnabled": false,
	"app.update.enabled": false,
	"network.captive-portal-service.enabled": false,
	"network.connectivity-service.enabled": false,
};

/* One connection: numbered commands, and events for those who listen. */
class Bidi {
	constructor(socket) {
		this.socket = socket;
		this.number = 0;
		this.waiting = new Map();
		this.listeners = [];
		socket.on("message", (data) => this.message(JSON.parse(data)));
	}
	message(m) {
		if (m.type === "event") {
			for (const [method, act] of this.listeners)
				if (method === m.method)
					act(m.params);
			return;
		}
		const [done, fail] = this.waiting.get(m.id);
		this.waiting.delete(m.id);
		if (m.type === "success")
			done(m.result);
		else
			fail(new Error(`${m.error}: ${m.message}`));
	}
	send(method, params = {}) {
		const id = ++this.number;
		return new Promise((done, fail) => {
			this.waiting.set(id, [done, fail]);
			this.socket.send(JSON.stringify({ id, method, params }));
		});
	}
	on(method, act) {
		this.listeners.push([method, act]);
	}
}

function listening(browser) {
	return new Promise((done, fail) => {
		createInterface({ input: browser.stderr }).on("line", (line) => {
			const m = /WebDriver BiDi listening on (ws:\S+)/.exec(line);
			if (m)
				done(m[1]);
		});
		browser.on("exit", () => fail(new Error("Firefox ended")));
	});
}

export class Firefox {
	static async launch() {
		const f = new Firefox();

		f.dir = mkdtempSync(join(tmpdir(), "ocs-firefox-"));
		f.downloads = mkdtempSync(join(f.dir, "downloads-"));
		writeFileSync(join(f.dir, "user.js"), Object.entries({ ...PREFS,
			"browser.download.dir": f.downloads }).map(([name, value]) =>
			`user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
			.join(""));
		await f.start();
		return f;
	}
	async start() {
		this.browser = spawn("firefox-esr", ["--headless", "--no-remote",
			"--profile", this.dir, "--remote-debugging-port", "0", "about:blank"],
		{ stdio: ["ignore", "ignore", "pipe"], env: { ...process.env,
			HOME: this.dir } });
		const { browser } = this;
		process.on("exit", () => browser.kill("SIGKILL"));
		const socket = new WebSocket(await listening(this.browser) + "/session");
		await new Promise((done, fail) =>
			socket.on("open", done).on("error", fail));
		this.bidi = new Bidi(socket);
		await this.bidi.send("session.new", { capabilities: {
			alwaysMatch: { acceptInsecureCerts: true } } });
		await this.bidi.send("session.subscribe", { events:
			["network.authRequired", "log.entryAdded"] });
		await this.bidi.send("network.addIntercept",
			{ phases: ["authRequired"] });
	}
	/* The profile stays. */
	async stop() {
		const gone = new Promise((done) => this.browser.on("exit", done));

		await this.bidi.send("browser.close").catch(() => {});
		await gone;
	}
	async close() {
		await this.stop();
		rmSync(this.dir, { recursive: true, force: true });
	}
	async person(demo, name) {
		const { contexts } = await this.bidi.send("browsingContext.getTree");
		const page = new Page(this, contexts[0].context);

		this.bidi.on("network.authRequired", ({ request }) =>
			this.bidi.send("network.continueWithAuth", { request: request.request,
				action: "provideCredentials", credentials: { type: "password",
					username: name, password: demo.password(name) } }));
		this.bidi.on("log.entryAdded", ({ level, text }) => {
			if (level === "error")
				page.problems.push(text);
		});
		return page;
	}
}

class Page {
	constructor(firefox, context) {
		this.firefox = firefox;
		this.context = context;
		this.problems = [];
	}
	goto(url) {
		return this.firefox.bidi.send("browsingContext.navigate",
			{ context: this.context, url, wait: "complete" });
	}
	/* Runs a function in the page; what goes in and out is JSON. */
	async run(body, ...args) {
		const r = await this.firefox.bidi.send("script.callFunction", {
			functionDeclaration: "async (args) => JSON.stringify(await (" +
				`${body})(...JSON.parse(args)) ?? null)`,
			arguments: [{ type: "string", value: JSON.stringify(args) }],
			target: { context: this.context }, awaitPromise: true });
		if (r.type !== "success")
			throw new Error(r.exceptionDetails.text);
		return JSON.parse(r.result.value);
	}
	fill(id, value) {
		return this.run((i, v) => {
			const e = document.getElementById(i);
			if (e.type === "checkbox" || e.type === "radio")
				e.click();
			else
				e.value = v;
			e.dispatchEvent(new Event("input", { bubbles: true }));
			e.dispatchEvent(new Event("change", { bubbles: true }));
		}, id, value);
	}
	click(selector) {
		return this.run((s) => document.querySelector(s).click(), selector);
	}
	heading() {
		return this.run(() => document.readyState === "complete"
			? document.querySelector("h1")?.innerText : "").catch(() => "");
	}
	/* A file that a click saves. */
	async download(selector) {
		const { downloads } = this.firefox;
		const before = readdirSync(downloads);
		let file;

		await this.click(selector);
		await until(() => {
			const all = readdirSync(downloads);
			file = all.find((n) => !before.includes(n) && !n.endsWith(".part"));
			return file && !all.some((n) => n.endsWith(".part"));
		});
		return join(downloads, file);
	}
}
