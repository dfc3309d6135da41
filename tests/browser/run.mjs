/* Every browser test, in one process: one CA, one Chromium and one Firefox serve all.
 *     node --test-reporter=tap tests/browser/run.mjs
 * Each of the files below also runs alone. */
import "./main_job.mjs";
import "./enterprise.mjs";
import "./choice.mjs";
import "./renew.mjs";
import "./lost.mjs";
import "./station.mjs";
import "./keys.mjs";
import "./options.mjs";
import "./key_trouble.mjs";
import "./firefox.mjs";
import "./look.mjs";
import "./keyboard.mjs";
import "./hostile.mjs";
import "./trouble.mjs";
