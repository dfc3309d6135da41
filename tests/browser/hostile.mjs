/* Hostile people: markup in every field they can fill, and other sites that
 * use somebody's signed-in browser. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createPlain } from "node:http";
import { createServer as createTls } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCsr, until } from "./lib/demo.mjs";
import { demo, headed, numberOn, story, submit, text } from "./lib/people.mjs";

/* --- markup --------------------------------------------------------------- */

const MARK = '"><img src=x class=canary onerror=alert(1)>';
const BREAKOUT = `${MARK}</textarea></title></script><script class=canary>alert(2)</script>`;

/* Everything that came in as text and became markup, also in templates. */
function canaries() {
	const found = (root) => [
		...root.querySelectorAll(".canary, [onerror]"),
		...[...root.querySelectorAll("template")].flatMap((t) => found(t.content)),
	];
	return found(document).map((e) => e.outerHTML);
}

async function look(page, shown = "") {
	await until(async () => (await text(page)).includes(shown));
	assert.deepEqual(await page.evaluate(canaries), []);
}

async function goAndLook(page, paths, shown) {
	for (const path of paths) {
		await page.goto(demo.home + path);
		await look(page, shown);
	}
}

story("markup in every field stays text", async (crowd) => {
	const alice = await crowd.person("alice");
	const officer = await crowd.person("officer");
	const number = await submit(alice, makeCsr(
		`/CN=${MARK}/O=${BREAKOUT.replaceAll("/", "\\/").slice(0, 60)}`),
	`Note:${BREAKOUT}`);
	await look(alice);
	await goAndLook(alice, ["", "certckpn.asp", "requests.asp",
		`request.asp?ReqID=${number}`], MARK);
	await goAndLook(officer, ["officer/",
		`officer/request.asp?ReqID=${number}`], MARK);
	await officer.getByLabel("Reason for refusing").fill(BREAKOUT);
	await officer.getByRole("button", { name: "Refuse" }).click();
	await look(officer, BREAKOUT);
	await goAndLook(officer, [`officer/request.asp?ReqID=${number}`], BREAKOUT);
	await goAndLook(alice, [`request.asp?ReqID=${number}`], BREAKOUT);
});

story("markup in the name of a key stays text", async (crowd) => {
	const alice = await crowd.person("alice");

	await alice.goto(demo.home + "certrqbi.asp?type=0");
	await alice.locator("#cn").fill(MARK);
	await alice.locator("#send:enabled").click();
	const number = await numberOn(alice);
	demo.cli("request", "issue", number);
	await goAndLook(alice, [`request.asp?ReqID=${number}`], "in this browser");
	await goAndLook(alice, ["keys.asp", "renew.asp",
		`lost.asp?ReqID=${number}`], "src=x");
	await alice.goto(demo.home + "keys.asp");
	for (const button of ["Save to a file…", "Set a passphrase…", "Delete…"]) {
		await alice.getByRole("button", { name: button }).click();
		await look(alice, MARK);
	}
});

story("markup in every kind of name stays text", async (crowd) => {
	const alice = await crowd.person("alice");
	const officer = await crowd.person("officer");
	for (const kind of ["URI:https://a.example/", "email:", "DNS:",
		"otherName:1.3.6.1.4.1.311.20.2.3;UTF8:"]) {
		const number = await submit(alice, makeCsr("/CN=san.example.com",
			["subjectAltName=" + kind + MARK.replaceAll(" ", ""),
				"nsComment=" + MARK]));
		await look(alice);
		await goAndLook(alice, [`request.asp?ReqID=${number}`], "san.example");
		await goAndLook(officer, [`officer/request.asp?ReqID=${number}`],
			"san.example");
	}
});

story("markup in an issued and revoked certificate stays text", async (crowd) => {
	const alice = await crowd.person("alice");
	const officer = await crowd.person("officer");
	const name = "<i class=canary>issued.example.com<\\/i>";
	const number = await submit(alice, makeCsr(`/CN=${name}`));
	demo.cli("request", "issue", number);
	const shown = name.replace("\\", "");
	await goAndLook(alice, [`request.asp?ReqID=${number}`,
		`certificate.asp?ReqID=${number}`], shown);
	await goAndLook(officer, ["officer/issued.asp",
		`officer/revoke.asp?ReqID=${number}`], shown);
	await officer.getByLabel("Reason").selectOption("4");
	await officer.getByLabel("Comment").fill(BREAKOUT);
	await officer.getByRole("button", { name: "Revoke the certificate" }).click();
	await headed(officer, `Certificate ${number} is revoked`);
	await goAndLook(officer, [`officer/request.asp?ReqID=${number}`], BREAKOUT);
});

story("markup in what was typed and in addresses stays text", async (crowd) => {
	crowd.expected.add(404);
	const alice = await crowd.person("alice");
	const officer = await crowd.person("officer");
	/* The form that is shown again holds it. */
	await alice.goto(demo.home + "certrqxt.asp");
	await alice.evaluate((mark) => {
		for (const [name, value] of Object.entries({ Mode: mark,
			FriendlyType: mark, CertRequest: mark, CertAttrib: mark,
			Submission: mark }))
			document.querySelector(`[name=${name}]`).value = value;
	}, BREAKOUT);
	await alice.getByRole("button", { name: "Submit" }).click();
	await headed(alice, "That did not work");
	assert.equal(await alice.getByLabel("Saved request").inputValue(), BREAKOUT);
	await look(alice);
	const sent = encodeURIComponent(BREAKOUT);
	await goAndLook(alice, [`request.asp?ReqID=${sent}`,
		`requests.asp?State=${sent}&Before=${sent}`, `certnew.cer?ReqID=${sent}`]);
	await goAndLook(officer, [`officer/issued.asp?Search=${sent}`]);
	assert.equal(await officer.getByLabel("Part of a name").inputValue(), BREAKOUT);
});

/* The label under which a request is remembered comes back in a cookie. */
story("markup in the friendly name stays text", async (crowd) => {
	const alice = await crowd.person("alice");
	await alice.goto(demo.home + "certrqxt.asp");
	await alice.getByLabel("Saved request").fill(makeCsr("/CN=friendly.example.com"));
	await alice.locator("[name=FriendlyType]")
		.evaluate((e, mark) => { e.value = mark; }, BREAKOUT);
	await alice.getByRole("button", { name: "Submit" }).click();
	await look(alice, "Your Request Id is");
	await goAndLook(alice, ["", "certckpn.asp"]);
	await alice.getByRole("button", { name: /^Check/ }).first().click();
	await look(alice, "still pending");
});

/* --- other sites ---------------------------------------------------------- */

/* Another port of the same host over TLS is the nearest a stranger can get:
 * the same site, not the same origin. */
async function otherSite(scheme, html) {
	const dir = mkdtempSync(join(tmpdir(), "ocs-evil-"));
	const [key, cert] = ["key.pem", "cert.pem"].map((n) => join(dir, n));
	execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt",
		"ec_paramgen_curve:P-256", "-noenc", "-subj", "/CN=localhost", "-days",
		"2", "-keyout", key, "-out", cert], { stdio: "pipe" });
	const answer = (_, reply) => {
		reply.writeHead(200, { "Content-Type": "text/html" });
		reply.end(`<!doctype html><title>x</title><link rel=icon href=data:,>${html}`);
	};
	const server = scheme === "http" ? createPlain(answer) : createTls(
		{ key: readFileSync(key), cert: readFileSync(cert) }, answer);
	rmSync(dir, { recursive: true });
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	return server;
}

async function visit(crowd, page, scheme, html, body) {
	const server = await otherSite(scheme, html);
	const origin = `${scheme}://${scheme === "http" ? "127.0.0.1" : "localhost"}:` +
		server.address().port;
	crowd.origins.push(origin);
	try {
		await page.goto(origin + "/");
		await body();
	} finally {
		server.close();
		server.closeAllConnections();
	}
}

for (const scheme of ["http", "https"])
	story(`a form of another site (${scheme}) changes nothing`, async (crowd) => {
		crowd.expected.add(403);
		const alice = await crowd.person("alice");
		const officer = await crowd.person("officer");
		const name = `forged-${scheme}.example.com`;
		const waiting = await submit(alice, makeCsr(`/CN=waits-${scheme}.example.com`));
		await officer.goto(demo.home);
		const csr = makeCsr(`/CN=${name}`);
		await visit(crowd, alice, scheme, `<form method=post
			action="${demo.home}certfnsh.asp"><input name=Mode value=newreq>
			<textarea name=CertRequest>${csr}</textarea><button>win</button></form>`,
		async () => {
			await alice.getByRole("button").click();
			await headed(alice, "This came from another site");
		});
		await visit(crowd, officer, scheme, `<form method=post
			action="${demo.home}officer/decide.asp"><input name=ReqID
			value=${waiting}><input name=Decision value=issue>
			<button>win</button></form>`,
		async () => {
			await officer.getByRole("button").click();
			await headed(officer, "This came from another site");
		});
		assert.deepEqual(demo.numbers(name), []);
		assert.equal(demo.row(waiting).disposition, "pending");
	});

story("no site can put a page of ours into a frame", async (crowd) => {
	crowd.provoked = /frame-ancestors|[Rr]efused to/;
	const alice = await crowd.person("alice");
	await alice.goto(demo.home);
	await visit(crowd, alice, "https", `<iframe src="${demo.home}"></iframe>`,
		async () => {
			const inside = alice.frames()[1];
			await inside.waitForLoadState().catch(() => {});
			assert.doesNotMatch(await inside.content(), /What would you like/);
		});
});
