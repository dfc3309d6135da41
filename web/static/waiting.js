/* waiting.js - on the page of a request that waits, and on the receipt: looks
   now and then whether it was decided, and shows the answer when it was.
   Without this script the link beside it does the same.

   A page that still waits holds the element below; hostile text cannot imitate
   it, because quotes in values are escaped. */

const MARK = "id=\"waiting\"";
const SHORTEST = 15, LONGEST = 300; // seconds between two looks
let pause = SHORTEST;
const request = document.querySelector("#waiting a").href;
let timer;

async function look() {
	clearTimeout(timer);
	if (document.hidden)
		return; // visibilitychange comes back here
	try {
		const answer = await fetch(request, { cache: "no-store" });
		if (answer.ok && !(await answer.text()).includes(MARK)) {
			location.replace(request);
			return;
		}
		if (answer.status === 401)
			return; // signed out: asking again would ask for a password
	} catch {
		// The server is away for a moment: look again later.
	}
	pause = Math.min(pause * 1.5, LONGEST);
	timer = setTimeout(look, pause * 1000);
}

document.getElementById("waiting-words").hidden = false;
document.addEventListener("visibilitychange", look);
timer = setTimeout(look, pause * 1000);
