"use strict";
(() => {
// What comes from the cluster becomes text nodes and attributes, never markup.
const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);

const number = (amount) => String(+amount.toFixed(amount >= 1000 ? 0 : amount >= 100 ? 1 : 3));
const size = (megabytes) => {
  let amount = megabytes;
  let unit = "MB";
  for (const next of ["GB", "TB"]) {
    if (amount < 1000) break;
    amount /= 1024;
    unit = next;
  }
  return `${amount >= 100 || Number.isInteger(amount) ? amount.toFixed(0) : amount.toFixed(1)} ${unit}`;
};
const MEASURES = [
  {at: 0, title: "CPUs", of: "cpus", told: number},
  {at: 1, title: "Memory", of: "of memory", told: size},
  {at: 2, title: "Disk", of: "of disk", told: size},
  {at: 3, title: "GPUs", of: "gpus", told: number},
];
const MOST_SEGMENTS = 4000; // up to here every holding has a segment of its own, above it every verdict
const MOST_NAMED = 9;
const FREED = new Set(["abandoned", "znode_only", "uninstalling"]);

const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const element = (name, className, text) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

// --- what there is ---

const verdicts = data.verdicts.map(([key, letter, called], index) => ({index, key, letter, called}));
const agents = data.agents.map(([host, id, away, ...has], index) => ({
  index, host, id, away: away === 1, has, name: host || id, text: `${host} ${id}`.toLowerCase(),
  parts: [], seen: true, tile: null, bar: null,
}));
const bodies = [...document.querySelectorAll("tbody.holding")];
const holdings = data.holdings.map(([verdict, name, distances, sums], index) => {
  const body = bodies[index];
  const holding = {index, verdict: verdicts[verdict], name, body, text: body.dataset.find, shares: [], seen: true};
  let place = 0;
  distances.forEach((distance, number_) => {
    place += distance;
    const share = {holding, agent: agents[place], sum: data.sums[sums[number_]]};
    holding.shares.push(share);
    agents[place].parts.push(share);
  });
  body.dataset.index = index;
  return holding;
});
const shares = holdings.reduce((count, holding) => count + holding.shares.length, 0);
const all = (measure, agent) => agent.parts.reduce((sum, share) => sum + share.sum[measure.at], 0);
const capacities = MEASURES.map((measure) => agents.reduce((sum, agent) => sum + agent.has[measure.at], 0));
const measures = MEASURES.filter((measure) => capacities[measure.at] || agents.some((agent) => all(measure, agent)));
const told = (sum) => measures.filter((measure) => sum[measure.at])
  .map((measure) => `${measure.told(sum[measure.at])} ${measure.of}`).join(", ");
const added = (list) => {
  const sum = [0, 0, 0, 0, 0, 0];
  for (const one of list) for (let at = 0; at < sum.length; at += 1) sum[at] += one.sum[at];
  return sum;
};
for (const holding of holdings) holding.sum = added(holding.shares);

// What is shown of a bar: of each verdict how much, in the order of the verdicts.
const byVerdict = (list, measure) => {
  const found = new Map();
  for (const share of list) {
    const verdict = share.holding.verdict;
    found.set(verdict, (found.get(verdict) || 0) + share.sum[measure.at]);
  }
  return found;
};

// --- the cluster as a whole, and what is measured ---

let measure = (() => {
  const part = (one, wanted) => {
    const sum = holdings.filter(wanted).reduce((much, holding) => much + holding.sum[one.at], 0);
    return capacities[one.at] ? sum / capacities[one.at] : 0;
  };
  const largest = (wanted) => measures.map((one) => [part(one, wanted), one]).reduce((a, b) => (b[0] > a[0] ? b : a));
  if (!measures.length) return MEASURES[0];
  const [left, most] = largest((holding) => FREED.has(holding.verdict.key));
  return left ? most : largest(() => true)[1];
})();

const segment = (verdict, percent) => {
  const made = element("i", `seg v-${verdict.key}`);
  made.style.width = `${percent}%`;
  return made;
};

const drawMeasures = () => {
  const everything = holdings.map((holding) => ({holding, sum: holding.sum}));
  for (const one of measures) {
    const label = element("label");
    const input = element("input");
    Object.assign(input, {type: "radio", name: "measure", value: one.at, checked: one === measure});
    const sums = byVerdict(everything, one);
    const reserved = [...sums.values()].reduce((a, b) => a + b, 0);
    const whole = Math.max(capacities[one.at], reserved) || 1;
    const bar = element("span", "bar");
    bar.setAttribute("aria-hidden", "true");
    for (const [verdict, much] of sums) if (much) bar.append(segment(verdict, 100 * much / whole));
    const percent = capacities[one.at] ? ` (${Math.round(100 * reserved / capacities[one.at])} %)` : "";
    const text = `${one.told(reserved)} of ${one.told(capacities[one.at])}${percent}`;
    label.append(input, element("span", "", one.title), bar, element("span", "told", text));
    byId("measures").append(label);
  }
};

// --- the map ---

const map = byId("map");
const order = byId("order");
const STEPS = [
  {width: 230, bar: 24, host: 17, gap: 12}, {width: 150, bar: 18, host: 17, gap: 8},
  {width: 104, bar: 14, host: 17, gap: 6}, {width: 72, bar: 14, host: 0, gap: 4}, {width: 52, bar: 13, host: 0, gap: 4},
  {width: 38, bar: 11, host: 0, gap: 3}, {width: 28, bar: 10, host: 0, gap: 3}, {width: 20, bar: 8, host: 0, gap: 2},
];
let step = STEPS[0];
let most = 1; // the most that is reserved on one agent
const apart = () => shares <= MOST_SEGMENTS && step.host > 0;
let shown = null; // the holding that is shown on all agents
let picked = null; // the agent whose holdings alone are shown

const drawBar = (agent) => {
  const whole = byId("scale").value === "most" ? most : Math.max(agent.has[measure.at], all(measure, agent)) || 1;
  const pieces = [];
  for (const share of agent.parts) {
    const {holding} = share;
    const own = apart() || holding === shown;
    const key = !holding.seen ? "" : own ? holding.index : holding.verdict.key;
    const last = pieces[pieces.length - 1];
    if (last && last.key === key) last.much += share.sum[measure.at];
    else pieces.push({key, holding, much: share.sum[measure.at], on: holding === shown});
  }
  const drawn = pieces.map(({key, holding, much, on}) => {
    const made = segment(holding.verdict, 100 * much / whole);
    if (key === "") made.className = "seg faint";
    else if (step.bar >= 18 && step.width * much / whole >= 20) made.append(element("b", "", holding.verdict.letter));
    if (on) made.classList.add("on");
    return made;
  });
  agent.bar.replaceChildren(...drawn);
};

const describe = (agent) => {
  const parts = [...byVerdict(agent.parts, measure)].map(([verdict, much]) => `${verdict.called} ${measure.told(much)}`);
  const amount = `${measure.told(all(measure, agent))} of ${measure.told(agent.has[measure.at])} ${measure.of}`;
  return `${agent.name}${agent.away ? ", away" : ""}: ${amount} reserved${parts.length ? `; ${parts.join(", ")}` : ""}`;
};

const drawMap = () => {
  most = Math.max(0, ...agents.map((agent) => all(measure, agent))) || 1;
  for (const agent of agents) {
    drawBar(agent);
    agent.tile.setAttribute("aria-label", describe(agent));
  }
};

// Also puts the tiles into the map, at first.
const sort = () => {
  const freed = (agent) => agent.parts.reduce(
    (sum, share) => sum + (FREED.has(share.holding.verdict.key) ? share.sum[measure.at] : 0), 0);
  const names = new Intl.Collator("en", {numeric: true});
  const keys = new Map(agents.map((agent) => [agent, order.value === "left" ? -freed(agent) : 0]));
  const sorted = [...agents].sort((a, b) => keys.get(a) - keys.get(b) || names.compare(a.name, b.name) || a.index - b.index);
  const focused = document.activeElement;
  map.append(...sorted.map((agent) => agent.tile.parentNode));
  if (map.contains(focused)) focused.focus();
  for (const agent of agents) agent.tile.tabIndex = -1;
  if (sorted.length) sorted[0].tile.tabIndex = 0;
};

const fit = () => {
  const wide = map.clientWidth - 6;
  const height = Math.max(220, window.innerHeight * (window.innerWidth > 1180 ? 0.74 : 0.55));
  const least = matchMedia("(pointer:coarse)").matches ? 28 : 0;
  const fits = (one) => {
    const columns = Math.max(1, Math.floor((wide + one.gap) / (one.width + one.gap)));
    return Math.ceil(agents.length / columns) * (one.bar + one.host + one.gap) <= height;
  };
  const able = STEPS.filter((one) => one.width >= least);
  step = able.find(fits) || able[able.length - 1];
  map.classList.toggle("bare", !step.host);
  for (const [name, pixels] of [["--w", step.width], ["--bar", step.bar], ["--gap", step.gap], ["--most", Math.ceil(height) + 8]]) {
    map.style.setProperty(name, `${pixels}px`);
  }
};

const makeTiles = () => {
  for (const agent of agents) {
    const item = element("li");
    agent.tile = element("button", agent.away ? "agent away" : "agent");
    agent.tile.type = "button";
    agent.tile.dataset.index = agent.index;
    agent.tile.setAttribute("aria-pressed", "false");
    agent.bar = element("span", "bar");
    agent.tile.append(element("span", "host", agent.away ? `${agent.name} (away)` : agent.name), agent.bar);
    item.append(agent.tile);
  }
};

// --- what is pointed at ---

const readout = byId("readout");
const chip = (verdict, text) => {
  const item = element("li", `v-${verdict.key}`);
  item.append(element("i", "swatch", verdict.letter), element("span", "", text));
  return item;
};
const tellNothing = () => readout.replaceChildren(
  element("span", "hint", `A segment is what ${apart() ? "one owner holds" : "all owners of one verdict hold"}. A full bar is `
    + `${byId("scale").value === "most" ? `${measure.told(most)} ${measure.of}` : "all that the agent has"}. `
    + "Point at an agent, or at a holding; or go there by keyboard."));
const tellAgent = (agent) => {
  const line = element("p");
  line.append(element("strong", "", agent.name), ` ${agent.host ? agent.id : ""}${agent.away ? ", away" : ""}`);
  const sum = added(agent.parts);
  const amounts = measures.map((one) => `${one.told(sum[one.at])} of ${one.told(agent.has[one.at])} ${one.of}`).join(", ");
  const list = element("ul");
  for (const share of agent.parts.slice(0, MOST_NAMED)) {
    list.append(chip(share.holding.verdict, `${share.holding.name}: ${told(share.sum) || "other resources"}`));
  }
  const more = agent.parts.length - MOST_NAMED;
  if (more > 0) list.append(element("li", "", `and ${more} more: Enter or a click lists them`));
  readout.replaceChildren(line, element("p", "hint", `${amounts} reserved`), list);
};
const tellHolding = (holding) => {
  const line = element("p");
  line.append(element("strong", "", holding.name), ` ${holding.verdict.called}`);
  const hosts = counted(holding.shares.length, "agent");
  const text = holding.shares.length ? `${told(holding.sum) || "other resources"} on ${hosts}` : "on no agent";
  readout.replaceChildren(line, element("p", "", text));
};

const show = (holding) => {
  if (holding === shown) return;
  const before = shown;
  shown = holding;
  map.classList.toggle("showing", Boolean(holding));
  for (const [one, has] of [[before, false], [holding, true]]) {
    for (const share of one ? one.shares : []) {
      share.agent.tile.classList.toggle("has", has);
      drawBar(share.agent);
    }
  }
  if (holding) tellHolding(holding);
  else tellNothing();
};
let there = [];
const point = (agent) => {
  for (const holding of there) holding.body.classList.remove("there");
  there = agent ? agent.parts.map((share) => share.holding) : [];
  for (const holding of there) holding.body.classList.add("there");
  if (agent) tellAgent(agent);
  else tellNothing();
};
const holdingAt = (target) => {
  const body = target instanceof Element ? target.closest("tbody.holding") : null;
  return body ? holdings[body.dataset.index] : null;
};
const agentAt = (target) => {
  const tile = target instanceof Element ? target.closest(".agent") : null;
  return tile ? agents[tile.dataset.index] : null;
};
// What has the focus stays shown when the pointer leaves.
const focused = () => holdingAt(document.activeElement);
const table = byId("table");
table.addEventListener("pointerover", (event) => show(holdingAt(event.target) || focused()));
table.addEventListener("pointerleave", () => show(focused()));
table.addEventListener("focusin", (event) => show(holdingAt(event.target)));
table.addEventListener("focusout", () => show(null));
map.addEventListener("pointerover", (event) => point(agentAt(event.target)));
map.addEventListener("pointerleave", () => point(agentAt(document.activeElement)));
map.addEventListener("focusin", (event) => point(agentAt(event.target)));
map.addEventListener("focusout", () => point(null));

map.addEventListener("keydown", (event) => {
  const tiles = [...map.querySelectorAll(".agent")];
  const at = tiles.indexOf(event.target);
  if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const top = (tile) => tile.getBoundingClientRect().top;
  const below = tiles.findIndex((tile) => top(tile) > top(tiles[0]) + 2);
  const columns = below < 0 ? tiles.length : below;
  const moves = {ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + columns, ArrowUp: at - columns, Home: 0, End: tiles.length - 1};
  const next = tiles[moves[event.key]];
  if (!(event.key in moves)) return;
  event.preventDefault();
  if (!next) return;
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});
map.addEventListener("click", (event) => {
  const agent = agentAt(event.target);
  if (agent) pick(agent === picked ? null : agent);
});

// --- the filter ---

const find = byId("find");
const boxes = [...document.querySelectorAll("input[name=verdict]")];
const pick = (agent) => {
  if (picked) picked.tile.setAttribute("aria-pressed", "false");
  picked = agent;
  if (agent) agent.tile.setAttribute("aria-pressed", "true");
  filter();
};
const filter = () => {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  const matches = (text) => words.every((word) => text.includes(word));
  const hosts = new Set(words.length ? agents.filter((agent) => matches(agent.text)) : []);
  const filtered = Boolean(words.length || wanted.size || picked);
  for (const holding of holdings) {
    const on = (test) => filtered && holding.shares.some((share) => test(share.agent));
    holding.seen = (!wanted.size || wanted.has(holding.verdict.key))
      && (!picked || on((agent) => agent === picked))
      && (matches(holding.text) || on((agent) => hosts.has(agent)));
    holding.body.hidden = !holding.seen;
  }
  const visible = holdings.filter((holding) => holding.seen);
  for (const agent of agents) {
    const seen = !filtered || agent.parts.some((share) => share.holding.seen) || hosts.has(agent);
    agent.tile.classList.toggle("out", !seen);
  }
  drawMap();
  const places = agents.filter((agent) => agent.parts.some((share) => share.holding.seen)).length;
  const much = places ? `: ${told(added(visible)) || "other resources"} on ${counted(places, "agent")}` : "";
  byId("count").textContent = filtered
    ? `${visible.length} of ${counted(holdings.length, "holding")}${much}` : counted(holdings.length, "holding");
  byId("none").hidden = visible.length > 0;
  byId("clear").hidden = !filtered;
  byId("picked").hidden = !picked;
  byId("picked").textContent = picked ? `Only on ${picked.name} \u00d7` : "";
  byId("picked").setAttribute("aria-label", picked ? `Show what is held on every agent, not only on ${picked.name}` : "");
};
const clear = () => {
  find.value = "";
  for (const box of boxes) box.checked = false;
  pick(null);
};
find.addEventListener("input", filter);
for (const box of boxes) box.addEventListener("change", filter);
byId("clear").addEventListener("click", () => { clear(); find.focus(); });
byId("picked").addEventListener("click", () => { pick(null); find.focus(); });
byId("tools").addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") clear();
  const typing = document.activeElement instanceof HTMLInputElement && document.activeElement.type === "search";
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    find.focus();
  }
});
order.addEventListener("change", sort);
byId("scale").addEventListener("change", () => { drawMap(); tellNothing(); });
byId("measures").addEventListener("change", (event) => {
  measure = MEASURES[event.target.value];
  drawMap();
  sort();
  tellNothing();
});

// --- a holding in full ---

const whereTable = (holding) => {
  const box = element("div", "where");
  const list = element("table");
  const head = list.createTHead().insertRow();
  for (const title of ["Agent", "Id", ...measures.map((one) => one.title), "Volumes"]) {
    const cell = element("th", title === "Agent" || title === "Id" ? "" : "num", title);
    cell.scope = "col";
    head.append(cell);
  }
  const rows = list.createTBody();
  for (const {agent, sum} of holding.shares) {
    const row = rows.insertRow();
    row.append(element("td", "", agent.away ? `${agent.name} (away)` : agent.name), element("td", "", agent.id));
    for (const one of measures) row.append(element("td", "num", sum[one.at] ? one.told(sum[one.at]) : "-"));
    row.append(element("td", "num", sum[4] ? `${sum[4]} (${size(sum[5])})` : "-"));
  }
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", `The agents of ${holding.name}`);
  box.append(list);
  return box;
};
const expand = (holding, open) => {
  holding.body.querySelector(".name").setAttribute("aria-expanded", String(open));
  holding.body.querySelector(".more").hidden = !open;
  const named = holding.body.querySelector(".hosts");
  if (open && named) {
    holding.body.querySelector(".more td").append(whereTable(holding));
    named.remove();
  }
};
table.addEventListener("click", (event) => {
  const name = event.target.closest(".name");
  if (name) expand(holdingAt(name), name.getAttribute("aria-expanded") !== "true");
});

// --- the clipboard ---

const byHand = (text) => {
  const area = element("textarea", "hidden");
  area.value = text;
  area.readOnly = true;
  document.body.append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    area.remove();
  }
};
const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text); // only there in what a browser calls a secure context
    return true;
  } catch {
    return byHand(text);
  }
};
document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest(".copy") : null;
  if (!button) return;
  const code = button.parentNode.querySelector("code");
  const done = await copy(code.textContent);
  button.focus();
  if (!done) getSelection().selectAllChildren(code);
  byId("said").textContent = done ? "Copied." : "The browser does not let this page copy. The command is selected.";
  button.textContent = done ? "Copied" : "Selected";
  button.classList.add("done");
  setTimeout(() => {
    button.textContent = "Copy";
    button.classList.remove("done");
    byId("said").textContent = "";
  }, 2500);
});

// --- begin ---

for (const holding of holdings) expand(holding, false);
fit();
drawMeasures();
makeTiles();
// Where little is reserved, bars of what an agent has would be all but empty.
const reserved = agents.reduce((sum, agent) => sum + all(measure, agent), 0);
if (reserved < 0.25 * capacities[measure.at]) byId("scale").value = "most";
filter();
sort();
tellNothing();
let width = map.clientWidth;
addEventListener("resize", () => {
  if (map.clientWidth === width) return;
  width = map.clientWidth;
  fit();
  drawMap();
});
addEventListener("beforeprint", () => holdings.forEach((holding) => { holding.body.querySelector(".more").hidden = false; }));
addEventListener("afterprint", () => holdings.forEach((holding) => {
  holding.body.querySelector(".more").hidden = holding.body.querySelector(".name").getAttribute("aria-expanded") !== "true";
}));
document.documentElement.dataset.ready = "yes";
performance.mark("ready");
})();
