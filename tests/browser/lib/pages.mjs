/* Every page there is, each with something on it: for the tests of looks and
 * for tools/screenshots. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeCsr } from "./demo.mjs";

/* curl, as a script would send it: works for refused requests too. */
function send(demo, csr, attributes = "") {
	const page = execFileSync("curl", ["-sS", "--cacert", demo.caPem, "-u",
		`alice:${demo.password("alice")}`, "--data", "Mode=newreq",
		"--data-urlencode", `CertRequest=${csr}`, "--data-urlencode",
		`CertAttrib=${attributes}`, demo.home + "certfnsh.asp"],
	{ encoding: "utf8" });
	return Number(/ReqID=(\d+)|Your Request Id is (\d+)/.exec(page)
		.slice(1).find(Boolean));
}

/* Requests in every state; their numbers by state. */
export function fill(demo) {
	const csr = (name) => makeCsr(`/C=CZ/O=Example s.r.o./CN=${name}`, [
		`subjectAltName=DNS:${name},DNS:mail.${name}`,
		"extendedKeyUsage=serverAuth", "basicConstraints=CA:TRUE"]);
	const ids = {
		issued: send(demo, csr("www.example.com")),
		denied: send(demo, csr("intranet.example.org")),
		revoked: send(demo, csr("old.example.com")),
		pending: send(demo, csr("shop.example.com"), "Department:IT"),
	};
	demo.cli("request", "issue", ids.issued);
	demo.cli("request", "issue", ids.revoked);
	demo.cli("request", "deny", ids.denied, "--reason",
		"This name belongs to another department.");
	demo.cli("certificate", "revoke", ids.revoked, "--reason", "key-compromise");
	return ids;
}

async function post(page, demo, form) {
	await page.goto(demo.home + "certrqxt.asp");
	await page.locator("textarea[name=CertRequest]").fill(form);
	await page.locator("#btnSubmit").click();
}

const at = (path) => (page, demo) => page.goto(demo.home + path);
const check = (id) => async (page, demo, ids) => {
	await page.goto(demo.home + "certckpn.asp");
	await page.locator("main").evaluate((main, n) => {
		const f = document.querySelector("form");
		f.elements.ReqID.value = n;
		f.querySelector("button").click();
	}, ids[id]);
	await page.waitForURL(/certfnsh/);
};
const one = (path, id) => (page, demo, ids) =>
	page.goto(`${demo.home}${path}?ReqID=${ids[id]}`);

/* name, who looks, how to get there, the status of the page when not 200. */
export const PAGES = [
	["home", "alice", at("")],
	["kinds", "alice", at("certrqus.asp")],
	["basic", "alice", at("certrqbi.asp?type=1")],
	["advanced-choice", "alice", at("certrqad.asp")],
	["advanced", "alice", at("certrqma.asp")],
	["advanced-elsewhere", "alice", async (page, demo) => {
		await page.goto(demo.home + "certrqma.asp");
		await page.locator("#send:enabled").waitFor();
		await page.locator("#cn").fill("www.example.com");
		await page.locator("#k3").check();
		await page.locator("#elsewhere").waitFor();
	}],
	["keys", "alice", at("keys.asp")],
	["submit", "alice", at("certrqxt.asp")],
	["finish", "alice", at("certfnsh.asp")],
	["waiting", "alice", at("certckpn.asp")],
	["waiting-none", "bob", at("certckpn.asp")],
	["requests", "alice", at("requests.asp")],
	["requests-none", "bob", at("requests.asp")],
	["request-pending", "alice", one("request.asp", "pending")],
	["request-issued", "alice", one("request.asp", "issued")],
	["certificate", "alice", one("certificate.asp", "issued")],
	["certificate-revoked", "alice", one("certificate.asp", "revoked")],
	["request-denied", "alice", one("request.asp", "denied")],
	["lost", "alice", one("lost.asp", "issued")],
	["lost-not-valid", "alice", one("lost.asp", "revoked"), 409],
	["lost-done", "alice", async (page, demo, ids) => {
		await page.goto(`${demo.home}lost.asp?ReqID=${ids.issued}`);
		await page.locator("button.bad").click();
		await page.locator("a.btn.primary").waitFor();
		demo.cli("certificate", "release", ids.issued);
	}],
	["request-revoked", "alice", one("request.asp", "revoked")],
	["ca", "alice", at("certcarc.asp")],
	["help", "alice", at("help.asp")],
	["preferences", "alice", at("preferences.asp")],
	["pending", "alice", check("pending")],
	["issued", "alice", check("issued")],
	["denied", "alice", check("denied")],
	["error-private-key", "alice", (page, demo) => post(page, demo,
		"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n")],
	["error-empty", "alice", (page, demo) => post(page, demo, " ")],
	["not-found", "alice", at("nothing.asp"), 404],
	["not-yours", "bob", one("request.asp", "pending"), 404],
	["not-officer", "alice", at("officer/"), 403],
	["sign-in", null, at(""), 401],
	["queue", "officer", at("officer/")],
	["refuse", "officer", (page, demo, ids) => page.goto(
		`${demo.home}officer/refuse.asp?Pick=${ids.pending}&Pick=${ids.issued}`)],
	["refuse-none", "officer", at("officer/refuse.asp")],
	["review", "officer", one("officer/request.asp", "pending")],
	["review-issued", "officer", one("officer/request.asp", "issued")],
	["certificates", "officer", at("officer/issued.asp")],
	["revoke", "officer", one("officer/revoke.asp", "issued")],
	["decided", "officer", async (page, demo, ids) => {
		await page.goto(`${demo.home}officer/revoke.asp?ReqID=${ids.issued}`);
		await page.locator("#reason").selectOption("6");
		await page.locator("button.bad").click();
		await page.locator(".note.ok").waitFor();
		demo.cli("certificate", "release", ids.issued);
	}],
	["plain-http", null, (page, demo) => page.goto(demo.plain + "/certsrv/"), 200],
	["unknown-host", null, (page, demo) =>
		page.goto(demo.home.replace("localhost", "pki.example")), 421],
	["nginx-404", null, (page, demo) => page.goto(demo.origin + "/nothing"), 404],
];

/* All tests share the folder: somebody else may have done it before. */
function once(act) {
	try {
		act();
	} catch (e) {
		if (!/That is so already/.test(e.stderr))
			throw e;
	}
}

/* Those of an enterprise CA that differ. */
export function fillFirm(firm) {
	const csr = (name, more = []) => makeCsr(`/CN=${name}`,
		[`subjectAltName=DNS:${name}`, ...more]);
	const web = "CertificateTemplate:WebServer";

	for (const name of ["EnrollmentAgent", "SmartcardUser"])
		once(() => {
			firm.cli("template", "enable", name);
			firm.cli("permission", "allow", "user", "alice", "enroll",
				"--template", name);
		});

	return {
		issued: send(firm, csr("www.example.com"), web),
		pending: send(firm, csr("shop.elsewhere.org"), web),
		denied: send(firm, csr("www.example.com"),
			"CertificateTemplate:NoSuch"),
	};
}

const conflict = makeCsr("/CN=x", ["1.3.6.1.4.1.311.20.2=ASN1:BMPSTRING:User"]);

export const FIRM_PAGES = [
	["kinds", "alice", at("certrqus.asp")],
	["kinds-none", "officer", at("certrqus.asp")],
	["basic", "alice", at("certrqbi.asp?template=User")],
	["no-template", "alice", at("certrqbi.asp?template=NoSuch")],
	["advanced", "alice", at("certrqma.asp?template=WebServer")],
	["advanced-account", "alice", at("certrqma.asp?template=User")],
	["submit", "alice", at("certrqxt.asp")],
	["submit-own-template", "alice", async (page, demo) => {
		await page.goto(demo.home + "certrqxt.asp");
		await page.locator("textarea[name=CertRequest]").fill(conflict);
		await page.locator("#own-template").waitFor();
	}],
	["error-empty", "alice", (page, demo) => post(page, demo, " ")],
	["denied-conflict", "alice", async (page, demo) => {
		await page.goto(demo.home + "certrqxt.asp");
		await page.locator("textarea[name=CertRequest]").fill(conflict);
		await page.locator("#own-template").waitFor();
		await page.locator("select[name=lbCertTemplate]")
			.selectOption({ label: "Web server" });
		await page.locator("#btnSubmit").click();
		await page.waitForURL(/certfnsh/);
	}],
	["renew", "alice", async (page, demo) => {
		await page.goto(demo.home + "certrqbi.asp?template=User");
		await page.locator("#send:enabled").click();
		await page.locator("#key-here").waitFor();
		await page.goto(demo.home + "renew.asp");
		await page.locator("#req").waitFor();
	}],
	["renew-no-key", "alice", async (page, demo, ids) => {
		await page.goto(`${demo.home}renew.asp?ReqID=${ids.issued}`);
		await page.locator("#no-key").waitFor();
	}],
	["keys-some", "alice", async (page, demo) => {
		await page.goto(demo.home + "certrqbi.asp?template=User");
		await page.locator("#send:enabled").click();
		await page.locator("#key-here").waitFor();
		await page.goto(demo.home + "keys.asp");
		await page.locator("[data-do=protect]:visible").click();
		await page.locator("[data-do=save]:visible").click();
	}],
	["advanced-choice", "alice", at("certrqad.asp")],
	["station-no-agent", "alice", at("certsces.asp")],
	["station-not-allowed", "bob", at("certsces.asp")],
	["station", "alice", async (page, demo, ids) => {
		await page.goto(demo.home +
			"certrqma.asp?template=EnrollmentAgent");
		await page.locator("#send:enabled").waitFor();
		await page.locator("#pass1").fill("a few words");
		await page.locator("#pass2").fill("a few words");
		await page.locator("#send").click();
		await page.waitForURL(/certfnsh/);
		const [{ id }] = demo.json("request", "list").rows;
		for (const officer of ["officer", "officer2"])
			demo.cli("request", "issue", id, "--as", officer);
		await page.goto(`${demo.home}request.asp?ReqID=${id}`);
		await page.locator("#key-here").waitFor();
		ids.agent = id;
		await page.goto(demo.home + "certsces.asp");
		await page.locator("#req").waitFor();
	}],
	["request-with-key", "alice", async (page, demo) => {
		await page.goto(demo.home + "certrqbi.asp?template=User");
		await page.locator("#send:enabled").click();
		await page.locator("#key-here").waitFor();
		await page.locator("main a[href*='request.asp?ReqID']").click();
		await page.locator("#key-here").waitFor();
	}],
	["review-on-hold", "officer", async (page, demo, ids) => {
		demo.cli("certificate", "revoke", ids.issued, "--reason",
			"certificate-hold");
		await page.goto(`${demo.home}officer/request.asp?ReqID=${ids.issued}`);
		await page.locator("#on-hold").waitFor();
	}],
	["revoke-on-hold", "officer", one("officer/revoke.asp", "issued")],
	["requests", "alice", at("requests.asp")],
	["request-on-hold", "alice", async (page, demo, ids) => {
		await page.goto(`${demo.home}request.asp?ReqID=${ids.issued}`);
		await page.locator(".lead .b-warn").waitFor();
		demo.cli("certificate", "release", ids.issued);
	}],
	["request-issued", "alice", one("request.asp", "issued")],
	["request-pending", "alice", one("request.asp", "pending")],
	["request-denied", "alice", one("request.asp", "denied")],
	["review", "officer", one("officer/request.asp", "pending")],
	["certificates", "officer", at("officer/issued.asp")],
];

/* The other pages of nginx cannot all be provoked; they are shown from their
 * files at an address of ours. */
export function nginxPages(demo) {
	const folder = join(demo.dir, "www/pages");
	return readdirSync(folder).filter((n) => n.endsWith(".html")).map((name) => [
		`nginx-file-${name.replace(".html", "")}`, null, async (page) => {
			await page.route("**/shown/" + name, (r) => r.fulfill({
				contentType: "text/html; charset=utf-8",
				headers: { "Content-Security-Policy": "default-src 'none'; " +
					"style-src 'self'; img-src 'self'" },
				body: readFileSync(join(folder, name)) }));
			await page.goto(`${demo.origin}/shown/${name}`);
		}]);
}

/* How each page is looked at. */
export const VIEWS = [
	["light", { colorScheme: "light" }, { width: 1280, height: 800 }],
	["dark", { colorScheme: "dark" }, { width: 1280, height: 800 }],
	["phone", { colorScheme: "light" }, { width: 390, height: 844 }],
];

export async function view(page, [, media, size]) {
	await page.emulateMedia(media);
	await page.setViewportSize(size);
}
