/* page-submit.js - the form for a request file: when the request names a
   template itself, that one is chosen, so that the two cannot differ. Nothing
   is decided here; without this script a person chooses. */
import { bytesOf, LONGEST } from "./keys/file.js";
import { templateOf } from "./keys/template.js";

const list = document.getElementById("lbCertTemplateID");
const box = document.getElementById("locTaRequest");
const file = document.getElementById("request-file");
let before = list.value;

/* An identifier is what the tenth field of an option says. */
function titleOf(name) {
	const option = [...list.options].find((o) => {
		const fields = o.value.split(";");

		return fields[1]?.toLowerCase() === name.toLowerCase() ||
			fields[9] === name;
	});
	return option ? option.textContent : name;
}

async function look() {
	const chosen = file.files[0];
	const content = !chosen ? new TextEncoder().encode(box.value.trim())
		: chosen.size <= LONGEST ? new Uint8Array(await chosen.arrayBuffer())
		: new Uint8Array();
	const name = templateOf(bytesOf(content));
	const note = document.getElementById("own-template");

	if (name) {
		if (list.value)
			before = list.value;
		list.value = "";
		document.getElementById("own-template-name").textContent =
			titleOf(name);
	} else if (!note.hidden) {
		list.value = before;
	}
	note.hidden = !name;
}

file.addEventListener("change", look);
box.addEventListener("input", look);
void look();
