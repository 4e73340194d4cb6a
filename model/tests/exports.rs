//! Do other tools read what is exported, and is it what the model does?

use itf::Trace;
use netsession_fsm::words::{AccessPoint, AccessPointId, ConfigurationId, Mode};
use netsession_model::action::Action;
use netsession_model::diagrams::{self, Format, scxml};
use netsession_model::engine::{Options, Search};
use netsession_model::graph::Graph;
use netsession_model::observe::Facts;
use netsession_model::readable::Readable;
use netsession_model::state::State;
use netsession_model::story::Story;
use netsession_model::world::{Faults, Plan, World};
use netsession_model::{chart, export, itf as written, next};
use roxmltree::{Document, Node};
use std::collections::{BTreeMap, BTreeSet};

/// One session on one access point.
fn smallest() -> World {
    World {
        name: "smallest",
        names: &["\"wlan\""],
        access_points: vec![AccessPoint::default()],
        networks: vec![vec![AccessPointId(0)]],
        sessions: vec![Plan::of(0, ConfigurationId::AccessPoint(AccessPointId(0)), Mode::Off)],
        states: 0,
        ..World::plain()
    }
}

fn read(line: &str) -> (usize, String, usize) {
    let inside = line.strip_prefix('(').and_then(|line| line.strip_suffix(')')).unwrap_or_else(|| panic!("{line}"));
    let (from, rest) = inside.split_once(", \"").unwrap_or_else(|| panic!("{line}"));
    let (label, to) = rest.split_once("\", ").unwrap_or_else(|| panic!("{line}"));
    assert!(!label.contains('"'), "{line}");
    (from.parse().expect("a number"), label.to_owned(), to.parse().expect("a number"))
}

#[test]
fn an_aut_file_is_the_graph() {
    let world = smallest();
    let graph = Graph::explore(&world, &mut |_, _, _| {});
    let mut bytes = Vec::new();
    let size = export::aut(&world, &mut bytes, |_| {}).expect("memory takes it");
    assert_eq!((size.states, size.transitions), (graph.states(), graph.transitions()));
    let text = String::from_utf8(bytes).expect("text");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(format!("des (0, {}, {})", size.transitions, size.states).as_str()));
    let edges: Vec<_> = lines.map(read).collect();
    assert_eq!(edges.len(), size.transitions);
    let nodes: BTreeSet<usize> = edges.iter().flat_map(|(from, _, to)| [*from, *to]).collect();
    assert_eq!(nodes, (0..size.states).collect(), "every state from 0 is there");
    let mut reached = BTreeSet::from([0]);
    for (from, _, to) in &edges {
        assert!(reached.contains(from), "states are numbered in the order they are reached: {from}");
        reached.insert(*to);
    }
    let deterministic = edges.iter().map(|(from, label, _)| (from, label)).collect::<BTreeSet<_>>().len();
    assert_eq!(deterministic, edges.len(), "a label leads to one state");
}

#[test]
fn a_small_world_is_drawn_and_a_large_one_refused() {
    let world = smallest();
    let search = found(&world);
    let edges = search.transitions();
    let drawn = export::dot(&world, search.states(), None).expect("small enough");
    assert_eq!(drawn.matches(" -> ").count(), edges);
    assert_eq!(drawn.lines().filter(|line| line.contains("[label=") && !line.contains(" -> ")).count(), search.states());
    assert_eq!(drawn.replace("\\\\", "").replace("\\\"", "").matches('"').count() % 2, 0, "quotes");
    let refused = export::dot(&world, search.states() - 1, None).map_err(|error| error.to_string());
    assert_eq!(refused, Err(format!("world smallest has more than {} states", search.states() - 1)));
    let refused = export::dot(&World::solo(), 3, Some(2)).map_err(|error| error.to_string());
    assert_eq!(refused, Err("world solo has more than 3 states within 2 steps".to_owned()));
    let first = export::dot(&World::solo(), export::DRAWN, Some(1)).expect("one step is small");
    assert!(first.contains("0 -> 1 "), "{first}");
}

/// Everything there is in a world.
fn found(world: &World) -> Search {
    Search::run(world, &Options::default(), &mut |_| {})
}

/// A path of a few steps.
fn some_path(world: &World, length: usize) -> Story {
    let search = found(world);
    let path = (0..search.states() as u32).map(|number| search.path(number)).find(|path| path.len() == length);
    Story::of(world, &path.expect("the world has as many"), "a few steps")
}

/// A state as a tool of the format reads it.
#[derive(Debug, serde::Deserialize)]
struct Read {
    action: String,
    sessions: Vec<ReadSession>,
    links: Vec<ReadLink>,
    timers: BTreeSet<String>,
    violated: BTreeSet<String>,
    faults_left: u8,
    daemon_gone: bool,
    resync_owed: bool,
}

#[derive(Debug, serde::Deserialize)]
struct ReadSession {
    state: String,
    unanswered_opens: u8,
    on: String,
}

#[derive(Debug, serde::Deserialize)]
struct ReadLink {
    leased_by: Vec<u32>,
}

#[test]
fn an_itf_trace_is_read_by_its_own_library() {
    let world = smallest();
    let story = some_path(&world, 5);
    let text = written::document(&world, &story);
    let trace: Trace<Read> = itf::trace_from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(trace.vars, written::VARS);
    assert_eq!((trace.states.len(), trace.loop_index), (6, None));
    assert_eq!(trace.states[0].value.action, "init");
    let last = &trace.states[5].value;
    assert!(!last.daemon_gone && !last.resync_owed && last.faults_left == 0 && last.violated.is_empty(), "{last:?}");
    let opens = trace.states.iter().map(|state| &state.value).find(|state| state.action == "client 0 to hub: open");
    let opens = opens.unwrap_or_else(|| panic!("nobody opens: {text}"));
    let session = &opens.sessions[0];
    assert_eq!((session.state.as_str(), session.unanswered_opens, session.on.as_str()), ("Connecting", 1, "\"wlan\""), "{opens:?}");
    assert_eq!(opens.links[0].leased_by, [0]);
    assert!(opens.timers.contains("deadline of client 0"), "{opens:?}");
    let lasso = written::document(&world, &story.clone().for_ever_after(2));
    let trace: Trace<Read> = itf::trace_from_str(&lasso).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((trace.states.len(), trace.loop_index), (6, Some(3)));
    let at_rest = written::document(&world, &story.for_ever_after(5));
    let trace: Trace<Read> = itf::trace_from_str(&at_rest).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((trace.states.len(), trace.loop_index), (6, Some(5)));
}

#[test]
fn a_chart_is_well_formed_whatever_things_are_called() {
    let world = World { names: &["<wlan> & \"co\""], ..smallest() };
    let story = some_path(&world, 6);
    let svg = chart::svg(&story);
    let document = Document::parse(&svg).unwrap_or_else(|error| panic!("{error}: {svg}"));
    let texts: Vec<&str> = document.descendants().filter(|node| node.has_tag_name("text")).filter_map(|node| node.text()).collect();
    for lane in ["client 0", "hub", "executor"] {
        assert!(texts.contains(&lane), "no lane {lane}: {texts:?}");
    }
    for line in &story.lines {
        assert!(texts.contains(&line.text.as_str()), "not told: {}", line.text);
    }
    let empty = chart::svg(&Story::of(&world, &[], ""));
    assert!(Document::parse(&empty).is_ok_and(|document| document.descendants().any(|node| node.text() == Some("nothing happened yet"))));
}

const SCXML: &str = "http://www.w3.org/2005/07/scxml";

/// Leaf states of a state chart, by id.
fn leaves<'a>(document: &'a Document<'a>) -> BTreeMap<&'a str, Node<'a, 'a>> {
    let states = document.descendants().filter(|node| node.has_tag_name((SCXML, "state")));
    let leaf = |node: &Node<'_, '_>| !node.children().any(|child| child.has_tag_name((SCXML, "state")));
    states.filter(leaf).map(|node| (node.attribute("id").expect("an id"), node)).collect()
}

#[test]
fn a_state_chart_takes_the_steps_of_the_machine() {
    for name in scxml::NAMES {
        let text = scxml::document(name).expect("it is one of the names");
        let document = Document::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let root = document.root_element();
        assert!(root.has_tag_name((SCXML, "scxml")) && root.attribute("version") == Some("1.0"), "{name}");
        let leaves = leaves(&document);
        let ids: Vec<&str> = document.descendants().filter_map(|node| node.attribute("id")).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{name}: an id twice");
        // Run it: what can be reached from the initial state, by which events, and to where.
        let initial = root.attribute("initial").expect("an initial state");
        let (mut reached, mut queue, mut steps) = (BTreeSet::from([initial]), vec![initial], BTreeSet::new());
        while let Some(id) = queue.pop() {
            let mut events = BTreeSet::new();
            for transition in leaves[id].children().filter(|node| node.has_tag_name((SCXML, "transition"))) {
                let event = transition.attribute("event").expect("an event");
                assert!(events.insert(event), "{name}: two answers to {event} in {id}");
                let target = transition.attribute("target").unwrap_or(id);
                assert!(leaves.contains_key(target), "{name}: {target} is no leaf");
                if reached.insert(target) {
                    queue.push(target);
                }
                let leaf = |id: &str| id.split('.').next().unwrap_or_default().to_owned();
                let asks = transition.children().filter(|node| node.has_tag_name((SCXML, "send"))).count();
                steps.insert((leaf(id), event.to_owned(), leaf(target), asks));
            }
        }
        assert_eq!(reached, leaves.keys().copied().collect(), "{name}: every state is reached");
        // The same from the machine's own list.
        let json = diagrams::machine(name, Format::Json).unwrap_or_else(|error| panic!("{error}"));
        let json: serde_json::Value = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}"));
        let token = |value: &serde_json::Value| {
            let words = value.as_str().unwrap_or_default().split(|letter: char| !letter.is_ascii_alphanumeric());
            words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_")
        };
        let edges = json["edges"].as_array().cloned().unwrap_or_default();
        let listed: BTreeSet<_> = edges
            .iter()
            .map(|edge| (token(&edge["from"]), token(&edge["event"]), token(&edge["to"]), edge["effects"].as_array().map_or(0, Vec::len)))
            .collect();
        assert_eq!(steps, listed, "{name}");
    }
    assert_eq!(scxml::document("lnik"), None);
}

#[test]
fn an_executor_that_starts_is_not_a_daemon_that_is_gone() {
    let base = smallest();
    let world = World { faults: Faults { crash: true, gone: true, budget: 1, ..base.faults }, ..base };
    let after = |action| {
        let (state, _) = next::apply(&world, &State::initial(&world), action, &mut Facts::default()).expect("it changes something");
        let readable = Readable::of(&world, &state);
        (readable.daemon_gone, readable.executor_starting, readable.to_string())
    };
    let (gone, starting, text) = after(Action::Crash);
    assert!(!gone && starting && text.contains("the executor starts"), "{text}");
    let (gone, starting, text) = after(Action::Gone);
    assert!(gone && !starting && text.contains("daemon is gone"), "{text}");
}
