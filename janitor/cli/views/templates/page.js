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
  parts: [], sum: null, tile: null, bar: null, place: null, lit: false, out: false,
}));
const bodies = [...document.querySelectorAll("tbody.holding")];
const holdings = data.holdings.map(([verdict, name, distances, sums], index) => {
  const body = bodies[index];
  const holding = {index, verdict: verdicts[verdict], name, body, text: body.dataset.find, shares: [], seen: true};
  let place = 0;
  distances.forEach((distance, number_) => {
    place += distance;
    const share = {holding, agent: agents[place], at: sums[number_]};
    holding.shares.push(share);
    agents[place].parts.push(share);
  });
  body.dataset.index = index;
  return holding;
});
const shares = holdings.reduce((count, holding) => count + holding.shares.length, 0);
// The sums of a share; of several shares; of several holdings.
const sumOf = (share) => data.sums.map((column) => column[share.at]);
const added = (several) => data.sums.map((column) => several.reduce((sum, share) => sum + column[share.at], 0));
const together = (several) => data.sums.map((_, at) => several.reduce((sum, holding) => sum + holding.sum[at], 0));
for (const holding of holdings) holding.sum = added(holding.shares);
for (const agent of agents) agent.sum = added(agent.parts);
const capacities = MEASURES.map((measure) => agents.reduce((sum, agent) => sum + agent.has[measure.at], 0));
const measures = MEASURES.filter((measure) => capacities[measure.at] || agents.some((agent) => agent.sum[measure.at]));
const told = (sum) => measures.filter((measure) => sum[measure.at])
  .map((measure) => `${measure.told(sum[measure.at])} ${measure.of}`).join(", ");
// What each verdict has of a measure, in the order of the verdicts.
const byVerdict = (sums) => verdicts.map((verdict) => [verdict, sums[verdict.index]]).filter(([, sum]) => sum);
const ofAgent = (agent) => {
  const column = data.sums[measure.at];
  const sums = verdicts.map(() => 0);
  for (const share of agent.parts) sums[share.holding.verdict.index] += column[share.at];
  return byVerdict(sums);
};
const ofCluster = (one) => {
  const sums = verdicts.map(() => 0);
  for (const holding of holdings) sums[holding.verdict.index] += holding.sum[one.at];
  return byVerdict(sums);
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
  for (const one of measures) {
    const label = element("label");
    const input = element("input");
    Object.assign(input, {type: "radio", name: "measure", value: one.at, checked: one === measure});
    const sums = ofCluster(one);
    const reserved = sums.reduce((all, [, sum]) => all + sum, 0);
    const whole = Math.max(capacities[one.at], reserved) || 1;
    const bar = element("span", "bar");
    bar.setAttribute("aria-hidden", "true");
    for (const [verdict, much] of sums) bar.append(segment(verdict, 100 * much / whole));
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
let paper = false; // whether it is printed

// The pieces of a bar from left to right, and what a full bar is.
const piecesOf = (agent) => {
  const column = data.sums[measure.at];
  const each = apart();
  const pieces = [];
  let last = null;
  for (const share of agent.parts) {
    const {holding} = share;
    const on = holding === shown;
    const key = !holding.seen ? "" : each || on ? holding.index : holding.verdict.key;
    if (last && last.key === key) last.much += column[share.at];
    else pieces.push(last = {key, verdict: holding.verdict, much: column[share.at], on});
  }
  return pieces;
};
const wholeOf = (agent) => {
  if (byId("scale").value === "most") return most;
  return Math.max(agent.has[measure.at], agent.sum[measure.at]) || 1;
};

const drawBar = (agent) => {
  const whole = wholeOf(agent);
  const drawn = piecesOf(agent).map(({key, verdict, much, on}) => {
    const made = segment(verdict, 100 * much / whole);
    if (key === "") made.className = "seg faint";
    else if (step.bar >= 18 && step.width * much / whole >= 20) made.append(element("b", "", verdict.letter));
    if (on) made.classList.add("on");
    return made;
  });
  agent.bar.replaceChildren(...drawn);
};

// Where there is no room for names and letters all bars are one picture, of a path for each look: a browser takes long
// for a thousand bars of elements. On paper they are elements, which follow its width and its breaks.
const picture = byId("picture");
const pictured = () => !step.host && !paper;
const LEAST = 2; // pixels: so wide is what is little
const ROOM = 4; // pixels: what is narrower has no room for a pattern

// Where the bars are in the picture. It has to be known anew after whatever moves them.
const place = () => {
  const frame = map.getBoundingClientRect();
  const [x, y] = [frame.left + map.clientLeft - map.scrollLeft, frame.top + map.clientTop - map.scrollTop];
  const end = [0, 0];
  for (const agent of agents) {
    const {left, top, right, bottom} = agent.bar.getBoundingClientRect();
    agent.place = {left: left - x, top: top - y, right: right - x, bottom: bottom - y};
    end[0] = Math.max(end[0], agent.place.right);
    end[1] = Math.max(end[1], agent.place.bottom);
  }
  picture.setAttribute("width", end[0]);
  picture.setAttribute("height", end[1]);
};
const drawPicture = () => {
  const looks = new Map();
  const rectangle = (look, left, top, right, bottom) => {
    const [x, end] = [left.toFixed(2), right.toFixed(2)];
    const path = `M${x} ${top}H${end}V${bottom}H${x}z`;
    if (looks.has(look)) looks.get(look).push(path);
    else looks.set(look, [path]);
  };
  for (const agent of agents) {
    const {left, top, right, bottom} = agent.place;
    const dim = shown && !agent.lit ? " off" : agent.out ? " out" : "";
    rectangle(`track${dim}`, left, top, right, bottom);
    const scale = (right - left) / wholeOf(agent);
    let from = left;
    for (const {key, verdict, much, on} of piecesOf(agent)) {
      if (from >= right) break;
      const to = Math.min(from + Math.max(LEAST, much * scale), right);
      const look = key === "" ? "faint" : `v-${verdict.key}${to - from >= ROOM ? " broad" : ""}`;
      rectangle(`${look}${dim || (agent.lit && !on ? " beside" : "")}`, from, top, to, bottom);
      from = to;
    }
  }
  byId("looks").replaceChildren(...[...looks].map(([look, parts]) => {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("class", look);
    path.setAttribute("d", parts.join(""));
    return path;
  }));
};

const describe = (agent) => {
  const parts = ofAgent(agent).map(([verdict, much]) => `${verdict.called} ${measure.told(much)}`);
  const amount = `${measure.told(agent.sum[measure.at])} of ${measure.told(agent.has[measure.at])} ${measure.of}`;
  return `${agent.name}${agent.away ? ", away" : ""}: ${amount} reserved${parts.length ? `; ${parts.join(", ")}` : ""}`;
};

// The bars of these agents; all of them where they are one picture.
const drawBars = (some) => {
  if (pictured()) drawPicture();
  else some.forEach(drawBar);
};
const drawMap = () => {
  most = Math.max(0, ...agents.map((agent) => agent.sum[measure.at])) || 1;
  map.classList.toggle("pictured", pictured());
  if (pictured()) {
    for (const {bar} of agents) if (bar.firstChild) bar.replaceChildren();
    place();
  }
  drawBars(agents);
  for (const agent of agents) agent.tile.setAttribute("aria-label", describe(agent));
};

// Also puts the tiles into the map, at first. The agents themselves are in the order of their names.
const sort = () => {
  const freed = (agent) => agent.parts.reduce(
    (sum, share) => sum + (FREED.has(share.holding.verdict.key) ? data.sums[measure.at][share.at] : 0), 0);
  const keys = agents.map((agent) => (order.value === "left" ? -freed(agent) : 0));
  const sorted = [...agents].sort((a, b) => keys[a.index] - keys[b.index] || a.index - b.index);
  const focused = document.activeElement;
  const stop = map.querySelector(".agent[tabindex='0']");
  map.append(...sorted.map((agent) => agent.tile.parentNode));
  if (map.contains(focused)) focused.focus();
  if (stop) stop.tabIndex = -1;
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
  const model = element("li");
  model.append(element("button", "agent"));
  Object.assign(model.firstChild, {type: "button", tabIndex: -1, ariaPressed: "false"});
  model.firstChild.append(element("span", "host"), element("span", "bar"));
  for (const agent of agents) {
    agent.tile = model.cloneNode(true).firstChild;
    agent.tile.dataset.index = agent.index;
    agent.tile.classList.toggle("away", agent.away);
    agent.tile.firstChild.textContent = agent.away ? `${agent.name} (away)` : agent.name;
    agent.bar = agent.tile.lastChild;
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
  const amounts = measures.map((one) => `${one.told(agent.sum[one.at])} of ${one.told(agent.has[one.at])} ${one.of}`).join(", ");
  const list = element("ul");
  for (const share of agent.parts.slice(0, MOST_NAMED)) {
    list.append(chip(share.holding.verdict, `${share.holding.name}: ${told(sumOf(share)) || "other resources"}`));
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
  const touched = new Set();
  for (const [one, lit] of [[before, false], [holding, true]]) {
    for (const {agent} of one ? one.shares : []) {
      agent.lit = lit;
      touched.add(agent);
    }
  }
  for (const agent of touched) agent.tile.classList.toggle("has", agent.lit);
  drawBars([...touched]);
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
    agent.out = filtered && !hosts.has(agent) && !agent.parts.some((share) => share.holding.seen);
    agent.tile.classList.toggle("out", agent.out);
  }
  drawMap();
  const places = agents.filter((agent) => agent.parts.some((share) => share.holding.seen)).length;
  const much = places ? `: ${told(together(visible)) || "other resources"} on ${counted(places, "agent")}` : "";
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
order.addEventListener("change", () => { sort(); drawMap(); });
byId("scale").addEventListener("change", () => { drawMap(); tellNothing(); });
byId("measures").addEventListener("change", (event) => {
  measure = MEASURES[event.target.value];
  sort();
  drawMap();
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
  for (const share of holding.shares) {
    const {agent} = share;
    const sum = sumOf(share);
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
const reserved = agents.reduce((sum, agent) => sum + agent.sum[measure.at], 0);
if (reserved < 0.25 * capacities[measure.at]) byId("scale").value = "most";
sort();
filter();
tellNothing();
let width = map.clientWidth;
new ResizeObserver(() => {
  if (map.clientWidth === width) return;
  width = map.clientWidth;
  fit();
  drawMap();
}).observe(map);
const onPaper = (is) => {
  paper = is;
  for (const {body} of holdings) {
    body.querySelector(".more").hidden = !is && body.querySelector(".name").getAttribute("aria-expanded") !== "true";
  }
  if (!step.host) drawMap();
};
addEventListener("beforeprint", () => onPaper(true));
addEventListener("afterprint", () => onPaper(false));
document.documentElement.dataset.ready = "yes";
performance.mark("ready");
})();
