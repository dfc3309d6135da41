/* p12.js - the form that saves a certificate and its key in one file. */
import * as form from "./form.js";
import * as pkcs12 from "./keys/pkcs12.js";
import * as store from "./keys/store.js";
import * as x509 from "./keys/x509.js";

const { $ } = form;
let record = null;

async function write() {
	const password = form.newPassword("p1", "p2");
	const what = { spki: record.spki, certificates: record.certificates,
		name: record.label, password,
		pkcs8: await store.pkcs8(record, async () => $("p0").value) };

	if (!$("older").checked)
		return pkcs12.write(what);
	const legacy = await import("./keys/legacy.js");

	return legacy.write(what);
}

/* Shows the form for a record whose key may leave this browser. */
export function offer(chosen) {
	record = chosen;
	$("p12").hidden = false;
	$("p12").reset();
	$("p0-field").hidden = !record.wrapped;
	$("p12-saved").hidden = true;
}

$("p12").addEventListener("submit", async (e) => {
	e.preventDefault();
	form.clearProblems($("p12"));
	try {
		await form.busy($("save"), $("save").dataset.busy, async () =>
			form.saveFile(`${x509.read(record.certificates[0]).label}.p12`,
				await write(), "application/x-pkcs12"));
		$("p12-saved").hidden = false;
	} catch (error) {
		form.showProblem(error);
	}
});
