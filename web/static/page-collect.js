/* page-collect.js - an issued certificate meets its key, if this browser has
   it: kept together, and saved as one .p12 file. */
import * as form from "./form.js";
import * as issued from "./issued.js";
import * as keys from "./keys/keys.js";
import * as store from "./keys/store.js";
import * as p12 from "./p12.js";

const { $ } = form;
const box = $("collect");

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
	p12.offer(record);
}

form.ready();
start().catch((e) => form.showProblem(e));
