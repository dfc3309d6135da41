/* page-collect.js - an issued certificate meets its key, if this browser has
   it: kept together, and saved as one .p12 file. */
import * as form from "./form.js";
import * as issued from "./issued.js";
import * as keys from "./keys/keys.js";
import * as pkcs12 from "./keys/pkcs12.js";
import * as store from "./keys/store.js";

const { $ } = form;
const box = $("collect");

async function write(record, certificates) {
	const password = form.newPassword("p1", "p2");
	const what = { spki: record.spki, certificates,
		name: record.label, password,
		pkcs8: await store.pkcs8(record, async () => $("p0").value) };

	if (!$("older").checked)
		return pkcs12.write(what);
	const legacy = await import("./keys/legacy.js");

	return legacy.write(what);
}

async function start() {
	const certificates = await issued.chain(box.dataset.id);
	const found = form.canMakeKeys() ? await issued.match(certificates) : null;

	if (!found) {
		$("key-elsewhere").hidden = false;
		return;
	}
	const { order } = found;
	const record = { ...found.record, certificates: order.map((c) => c.der) };

	await store.save(record);
	$("key-here").hidden = false;
	$("key-name").textContent =
		`${record.label}, ${keys.KINDS[record.kind].name}`;
	if (!record.extractable) {
		$("not-exportable").hidden = false;
		return;
	}
	$("p12").hidden = false;
	$("p0-field").hidden = !record.wrapped;
	$("p12").addEventListener("submit", async (e) => {
		e.preventDefault();
		form.clearProblems($("p12"));
		try {
			await form.busy($("save"), $("save").dataset.busy,
				async () => form.saveFile(`${order[0].label}.p12`,
					await write(record, record.certificates),
					"application/x-pkcs12"));
			$("p12-saved").hidden = false;
		} catch (error) {
			form.showProblem(error);
		}
	});
}

form.ready();
start().catch((e) => form.showProblem(e));
