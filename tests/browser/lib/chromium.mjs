/* Debian's Chromium, and a window in it for somebody with an account. */
import { chromium } from "playwright-core";

const HOW = {
	executablePath: "/usr/bin/chromium",
	args: [
		...(process.getuid() === 0 ? ["--no-sandbox"] : []),
		"--host-resolver-rules=MAP *.example 127.0.0.1",
		"--disable-dev-shm-usage",
	],
};

export const launch = () => chromium.launch(HOW);

/* A browser whose profile outlives it: closing its context ends it. */
export async function persistent(folder, demo, name) {
	const context = await chromium.launchPersistentContext(folder, { ...HOW,
		ignoreHTTPSErrors: true, httpCredentials: { username: name,
			password: demo.password(name), origin: demo.origin } });

	context.setDefaultTimeout(20000);
	return context.pages()[0] ?? await context.newPage();
}

/* Nobody: the window for name and password is closed when it comes. */
async function stranger(page) {
	const cdp = await page.context().newCDPSession(page);
	cdp.on("Fetch.requestPaused", ({ requestId }) =>
		cdp.send("Fetch.continueRequest", { requestId }).catch(() => {}));
	cdp.on("Fetch.authRequired", ({ requestId }) =>
		cdp.send("Fetch.continueWithAuth", { requestId,
			authChallengeResponse: { response: "CancelAuth" } }));
	await cdp.send("Fetch.enable", { handleAuthRequests: true });
}

/* A browser of its own, in which name (or nobody) is signed in. The CA is
 * not known to Chromium; tests/integration judges the certificate. */
export async function newPerson(browser, demo, name, options = {}) {
	const context = await browser.newContext({
		ignoreHTTPSErrors: true,
		acceptDownloads: true,
		httpCredentials: name ? {
			username: name, password: demo.password(name),
			origin: demo.origin,
		} : undefined,
		...options,
	});
	context.setDefaultTimeout(20000);
	const page = await context.newPage();
	if (!name)
		await stranger(page);
	return page;
}
