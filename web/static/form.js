/* form.js - what the pages' forms share: reading fields, saying what is wrong
   beside the field, showing that something is being done, saving a file. */

export const $ = (id) => document.getElementById(id);
export const value = (id) => $(id)?.value.trim() ?? "";
export const chosen = (name) =>
	document.querySelector(`input[name="${name}"]:checked`)?.value ?? "";

/* A day with the name of its month, in the language of the page. */
export const day = (date) => new Date(date).toLocaleDateString(
	document.documentElement.lang, { dateStyle: "medium" });

/* What a script found wrong, in the language of the page, which carries the
   sentences (web/templates/key_words.html); %s stands for what is put in. */
export function say(english) {
	for (const dt of document.querySelectorAll("#words dt")) {
		const [head, tail] = dt.textContent.split("%s");
		const words = dt.nextElementSibling.textContent;

		if (tail === undefined && head === english)
			return words;
		if (tail !== undefined && english.startsWith(head) &&
		    english.endsWith(tail) &&
		    english.length >= head.length + tail.length)
			return words.replace("%s", () => english.slice(
				head.length, english.length - tail.length));
	}
	return english;
}

/* A page that comes back from the memory of the browser has a form whose number
   was used: what is sent with it again would be taken for a double click. */
addEventListener("pageshow", (e) => {
	if (e.persisted)
		location.reload();
});

/* Elements that are only good with a script are hidden until one runs. */
export function ready() {
	for (const e of document.querySelectorAll("[data-script]"))
		e.hidden = false;
}

/* A browser that cannot make keys says so at once. */
export function canMakeKeys() {
	const able = isSecureContext && globalThis.crypto?.subtle &&
		globalThis.indexedDB;

	if (!able && $("unable"))
		$("unable").hidden = false;
	return Boolean(able);
}

/* Wrong in one field, or (id null) in all of the form. */
export class Wrong extends Error {
	constructor(id, message) {
		super(message);
		this.id = id;
	}
}

export function clearProblems(form) {
	for (const e of form.querySelectorAll("[aria-invalid]")) {
		e.removeAttribute("aria-invalid");
		e.removeAttribute("aria-describedby");
		if (e.dataset.described)
			e.setAttribute("aria-describedby", e.dataset.described);
	}
	for (const e of form.querySelectorAll(".problem"))
		e.remove();
	if ($("problem"))
		$("problem").hidden = true;
}

/* One sentence on top, and beside the field that it is about; the focus goes
   to where it can be mended. */
export function showProblem(error) {
	const box = $("problem");
	const field = error instanceof Wrong && error.id ? $(error.id) : null;

	box.replaceChildren();
	const p = document.createElement("p");
	p.textContent = say(error.message);
	box.append(p);
	box.hidden = false;
	if (!field) {
		box.focus();
		return;
	}
	const beside = document.createElement("p");
	beside.className = "problem";
	beside.id = `${error.id}-problem`;
	beside.textContent = p.textContent;
	field.dataset.described = field.getAttribute("aria-describedby") ?? "";
	field.setAttribute("aria-invalid", "true");
	field.setAttribute("aria-describedby",
		`${beside.id} ${field.dataset.described}`.trim());
	field.before(beside);
	field.focus();
}

/* While something is made: the button says so, a second press is ignored. */
export async function busy(button, words, work) {
	const before = button.textContent;
	const status = button.dataset.quiet ? null : $("status");

	if (button.getAttribute("aria-disabled") === "true")
		return undefined;
	button.setAttribute("aria-disabled", "true");
	button.textContent = words;
	if (status)
		status.hidden = false;
	/* Two frames, so that it is seen before the work begins. */
	await new Promise((done) => requestAnimationFrame(() =>
		requestAnimationFrame(done)));
	try {
		return await work();
	} finally {
		button.removeAttribute("aria-disabled");
		button.textContent = before;
		if (status)
			status.hidden = true;
	}
}

export function saveFile(name, content, type = "application/octet-stream") {
	const url = URL.createObjectURL(new Blob([content], { type }));
	const a = document.createElement("a");

	a.href = url;
	a.download = name.replace(/[^\p{L}\p{N}._@-]+/gu, "_").slice(0, 100);
	a.click();
	setTimeout(() => URL.revokeObjectURL(url), 60000);
}

/* The two fields of a new password; most languages agree on eight. */
export function newPassword(first, second) {
	const text = $(first).value;

	if (text.length < 8)
		throw new Wrong(first, $(first).dataset.short);
	if (text !== $(second).value)
		throw new Wrong(second, $(second).dataset.differs);
	return text;
}
