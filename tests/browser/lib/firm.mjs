/* An enterprise CA, one for all the tests that need one. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startDemo } from "./demo.mjs";
import { story } from "./people.mjs";

export const firm = await startDemo("--ca-type", "enterprise");
export const tell = (name, body) => story(name, body, firm);

let made = 0;

/* A template of the test's own: lines that differ from the common ones. */
export function ownTemplate(name, lines = {}) {
	const all = { name, display_name: name, version: "1.0",
		oid: `1.3.6.1.4.1.55555.7.${++made}`,
		description: `For the test of ${name}.`,
		validity: "1 year", renewal_overlap: "6 weeks",
		subject: "{from: account}", keys: "[p256]",
		key_usage: "[digital-signature]",
		eku: "[client-authentication]",
		permissions: "[{allow: group enrollees, rights: [read, enroll]}]",
		...lines };

	writeFileSync(join(firm.dir, "templates", `${name}.yaml`),
		Object.entries(all).map(([k, v]) => `${k}: ${v}\n`).join(""));
	firm.cli("template", "reload");
	firm.cli("template", "enable", name);
	return all;
}
