/* Runs in a page: does everything have room? */

/* Boxes whose content is wider than they are, the page itself among them. */
export function sticksOut() {
	return [document.documentElement, ...document.querySelectorAll(
		"header, main, footer, .card, .note, td, dd, form, p, h1, h2, li")]
		.filter((e) => e.scrollWidth > e.clientWidth + 1 &&
			getComputedStyle(e).display !== "inline")
		.map((e) => `is too narrow: ${e.outerHTML.slice(0, 150)}`);
}
