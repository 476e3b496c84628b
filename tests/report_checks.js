// SPDX-License-Identifier: MIT
// Run inside a report by check-report.sh; the page around it is told what is wrong.
(async () => {
	const [scheme, width] = location.search.slice(1).split(",");
	const check = (holds, what) => { if (!holds) failures.push(what); };
	const all = (selector) => [...document.querySelectorAll(selector)];
	const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

	// Luminance of a colour as the browser tells it, and contrast as WCAG 2 has it.
	const luminance = (colour) => {
		const part = colour.match(/[\d.]+/g).slice(0, 3).map((c) => {
			const share = c / 255;
			return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
		});
		return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
	};
	const page = luminance(getComputedStyle(document.body).backgroundColor);
	const contrast = (colour) => {
		const ink = luminance(colour);
		return (Math.max(ink, page) + 0.05) / (Math.min(ink, page) + 0.05);
	};

	check(innerWidth === Number(width), `the window is ${innerWidth} wide, not ${width}`);
	check(document.documentElement.scrollWidth <= innerWidth,
		`the page is ${document.documentElement.scrollWidth} wide in a window of ${innerWidth}`);
	check(matchMedia(`(prefers-color-scheme: ${scheme})`).matches, `the scheme is not ${scheme}`);
	check((page < 0.2) === (scheme === "dark"), "the page has the ground of the other scheme");
	for (const element of all("p, th, td, a, figcaption, summary, dt, pre, li"))
		if (contrast(getComputedStyle(element).color) < 4.5)
			check(false, `a ${element.localName} can hardly be read`);
	for (const element of all("figure svg text"))
		if (contrast(getComputedStyle(element).fill) < 4.5)
			check(false, "a text of a figure can hardly be read");
	check(performance.getEntriesByType("resource").length === 0, "it loads something");
	check(all("figure svg").length > 0 || all(".undrawn").length > 0, "there is no figure");
	for (const svg of all("figure svg"))
		check(svg.getAttribute("aria-label") && svg.querySelector(".hover title"),
			"a figure has no label or nothing to hover over");
	const ids = all("[id]").map((element) => element.id);
	check(new Set(ids).size === ids.length, "an id is there twice");
	for (const link of all("a[href^='#'], use[href^='#']"))
		check(document.getElementById(link.getAttribute("href").slice(1)), "a link leads nowhere");
	check(all("b b, th b, td b").length === 0, "the name of an arm was taken for markup");

	// Sorting by loss, up and down; filtering by arm.
	const heads = all("#trial-table thead th");
	const column = heads.findIndex((head) => head.textContent === "loss");
	const losses = () => all("#trial-table tbody tr").map((row) => Number(row.cells[column].textContent));
	const sorted = (list, sign) => list.every((x, i) => i === 0 || sign * (x - list[i - 1]) >= 0);
	const n = losses().length;
	check(n === 180, `there are ${n} trials, not 180`);
	heads[column].querySelector("button").click();
	check(sorted(losses(), 1) && heads[column].getAttribute("aria-sort") === "ascending", "loss does not sort up");
	heads[column].querySelector("button").click();
	check(sorted(losses(), -1) && heads[column].getAttribute("aria-sort") === "descending", "loss does not sort down");
	heads[0].querySelector("button").click();
	check(document.querySelector("#trial-table tbody th").textContent === "adamw", "arms do not sort");
	const filter = document.getElementById("filter");
	filter.value = "MUON 0.02";
	filter.dispatchEvent(new Event("input"));
	const left = all("#trial-table tbody tr").filter((row) => row.offsetParent !== null);
	check(left.length > 0 && left.length < 90, `the filter leaves ${left.length} trials`);
	check(left.every((row) => row.textContent.includes("muon")), "the filter leaves others");
	check(document.getElementById("count").textContent === `${left.length} of ${n} trials`, "the count is wrong");

	// Copying says that it worked, or selects the text.
	for (const details of all("details"))
		details.open = true;
	for (const button of all("button[data-copy]")) {
		const label = button.textContent;
		button.click();
		for (let tries = 0; tries < 60 && button.textContent === label; tries++)
			await wait(50);
		const copied = button.textContent === "copied";
		const text = document.getElementById(button.dataset.copy).textContent;
		check(copied || getSelection().toString().trim().length >= text.trim().length / 2,
			`'${button.dataset.copy}' is neither copied nor selected`);
	}
	check(document.documentElement.scrollWidth <= innerWidth, "what opens makes the page too wide");
	parent.postMessage(failures.length ? [...new Set(failures)].join("; ") : "ok", "*");
})().catch((error) => parent.postMessage([...failures, `the checks failed: ${error}`].join("; "), "*"));
