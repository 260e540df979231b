/**
 * The HTML report in a real browser. Without an installed Chromium these tests say so and do nothing.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import axe from "axe-core";
import { findChromium, Page } from "./chromium_for_test.ts";
import { htmlReport } from "./html.tsx";
import type { Counterexample } from "./report_data.ts";
import { svgFile } from "./svg.tsx";
import { ticketCase, ticketReport, ticketTimeline } from "./sample_for_test.ts";

const chromium = findChromium();
/** In the name, because what a file writes while it is loaded is not shown. */
const why = chromium === undefined ? " (skipped: no Chromium is on the PATH)" : "";

const report: Counterexample = ticketReport(ticketCase, {
  minimality: "1-minimal",
  replay: "deno task replay x",
});

async function withPage(page: Page, html: string, body: () => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".html" });
  try {
    await Deno.writeTextFile(path, html);
    await page.go(path);
    await body();
    assertEquals(page.log, [], "the browser complains");
  } finally {
    await Deno.remove(path);
  }
}

const shown =
  `[...document.querySelectorAll(".frame")].filter((frame) => frame.checkVisibility()).map(({ id }) => id)`;

Deno.test({
  name: `htmlReport works in a real browser${why}`,
  ignore: chromium === undefined,
  async fn(t) {
    await using page = await Page.open(chromium!);
    await t.step({
      name: "htmlReport begins at the divergence and is stepped by keyboard",
      fn: () =>
        withPage(page, htmlReport(report), async () => {
          assertEquals(await page.evaluate(shown), ["step-3"]);
          assertEquals(await page.evaluate("scrollY"), 0, "the headline is out of sight");
          await page.press("ArrowLeft");
          assertEquals(await page.evaluate(shown), ["step-2"]);
          assertEquals(await page.evaluate(`document.querySelector("tr.current a").textContent`), "2");
          assertEquals(await page.evaluate(`document.getElementById("position").textContent`), "Step 2 of 3");
          await page.press("Home");
          assertEquals(await page.evaluate(shown), ["step-0"]);
          await page.press("ArrowLeft");
          assertEquals(await page.evaluate(shown), ["step-0"]);
          await page.press("End");
          await page.press("k");
          await page.press("d");
          assertEquals(await page.evaluate(shown), ["step-3"]);
          await page.evaluate(`document.querySelector("tr[data-frame='1'] a").click()`);
          assertEquals(await page.evaluate(shown), ["step-1"]);
          await page.evaluate(`document.querySelector("[data-go=next]").click()`);
          assertEquals(await page.evaluate(shown), ["step-2"]);
        }),
    });

    await t.step({
      name: "htmlReport leaves the arrow keys to a picture that has the focus and is wider than its place",
      fn: () =>
        withPage(page, htmlReport(report), async () => {
          await page.resize(360, 800);
          const focus = (what: string): string => `document.querySelector("${what}").focus()`;
          await page.evaluate(focus(".frame.current .scroll"));
          await page.press("ArrowLeft");
          assertEquals(await page.evaluate(shown), ["step-3"]);
          await page.press("k");
          assertEquals(await page.evaluate(shown), ["step-2"]);
          await page.evaluate(focus("[data-go=next]"));
          await page.press("ArrowLeft");
          assertEquals(await page.evaluate(shown), ["step-1"]);
          await page.resize(1_200, 800);
        }),
    });

    await t.step({
      name: "htmlReport marks the present moment in the picture over time, and keeps it in sight",
      fn: () => {
        const steps = Array.from(
          { length: 60 },
          (_, index) => ({ ...report.steps[index % 2]!, parted: index === 59 }),
        );
        const timeline = ticketTimeline([{ parted: false }, ...steps] as never);
        return withPage(page, htmlReport({ ...report, steps, timeline }), async () => {
          const present =
            `[...document.querySelectorAll(".band.current")].map(({ dataset }) => dataset.moment)`;
          const inSight = `(() => {
            const [band, region] = [".band.current", "#timeline"]
              .map((name) => document.querySelector(name).getBoundingClientRect());
            return band.top >= region.top && band.bottom <= region.bottom;
          })()`;
          for (const [key, moment] of [["End", "60"], ["Home", "0"], ["ArrowRight", "1"]] as const) {
            await page.press(key);
            assertEquals(await page.evaluate(present), [moment]);
            assertEquals(await page.evaluate(inSight), true, `moment ${moment} is out of sight`);
          }
        });
      },
    });

    await t.step({
      name: "htmlReport fits 360 pixels and passes an accessibility check, light and dark",
      fn: () =>
        withPage(page, htmlReport(report), async () => {
          await page.resize(360, 800);
          assertEquals(await page.evaluate("document.documentElement.scrollWidth"), 360);
          await page.evaluate((axe as unknown as { source: string }).source);
          for (const value of ["light", "dark"]) {
            await page.send("Emulation.setEmulatedMedia", {
              features: [{ name: "prefers-color-scheme", value }],
            });
            assertEquals(
              await page.evaluate(`axe.run().then(({ violations }) => violations.map(({ id, nodes }) =>
            id + " " + nodes.map(({ html, failureSummary }) => html + failureSummary).join(" ")))`),
              [],
              value,
            );
          }
        }),
    });

    await t.step({
      name: "svgFile is well-formed whatever the words are",
      fn: async () => {
        const evil = `a->b <c> & "d" 'e' ]]> <!-- -->`;
        const path = await Deno.makeTempFile({ suffix: ".svg" });
        try {
          const marks = [{ kind: "text", x: 1, y: 1, text: evil }] as const;
          await Deno.writeTextFile(path, svgFile({ width: 9, height: 9, description: evil, marks }));
          await page.go(path);
          const found =
            `[document.documentElement.nodeName, document.querySelector("parsererror")?.textContent,
            document.documentElement.getAttribute("aria-label"), document.querySelector("text").textContent]`;
          assertEquals(await page.evaluate(found), ["svg", null, evil, evil]);
        } finally {
          await Deno.remove(path);
        }
      },
    });

    await t.step({
      name: "htmlReport executes nothing that a case smuggles in",
      fn: () => {
        const evil =
          `</code></title><script>globalThis.hit = 1</script><img src=x onerror="globalThis.hit = 1">`;
        const steps = report.steps.map((step) => ({ ...step, action: evil, answer: evil, shown: evil }));
        return withPage(page, htmlReport({ ...report, headline: evil, target: evil, steps }), async () => {
          assertEquals(await page.evaluate("globalThis.hit"), undefined);
          assertEquals(await page.evaluate(`document.querySelectorAll("img").length`), 0);
          assertEquals(await page.evaluate(`document.querySelectorAll("script").length`), 1);
          assertEquals(await page.evaluate(`document.querySelector("h1").textContent`), evil);
          const blocked = await page.evaluate(`(() => {
        const script = document.createElement("script");
        script.textContent = "globalThis.hit = 2";
        document.body.append(script);
        return globalThis.hit;
      })()`);
          assertEquals(blocked, undefined, "the policy lets a foreign script run");
          assert(page.log.splice(0).some((text) => text.includes("Content Security Policy")));
        });
      },
    });

    await t.step({
      name: "htmlReport of 50 steps is below 300 kB and answers keys at once",
      fn: () => {
        const steps = Array.from(
          { length: 50 },
          (_, index) => ({ ...report.steps[index % 2]!, parted: index === 49 }),
        );
        const html = htmlReport({ ...report, steps });
        assert(html.length < 300_000, `${html.length} characters`);
        return withPage(page, html, async () => {
          for (let press = 0; press < 60; press++) await page.press("ArrowLeft");
          assertEquals(await page.evaluate(shown), ["step-0"]);
        });
      },
    });
  },
});
