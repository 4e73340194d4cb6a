//! Does our liveness checker say what TLC says, of a model whose answers are known?

use netsession_independent::needs::present;
use netsession_independent::tlc::{Run, Tlc};
use netsession_model::liveness::{Course, Edges, Fairness, Labels, fair_lasso};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Actions of the model; the place of one is its label.
const ACTIONS: [&str; 9] = ["Ask", "Raise", "Succeed", "Fail", "Flap", "Expire", "Fall", "Leave", "Lose"];

/// A class of actions that must happen.
type Class = &'static [&'static str];

/// A place, the classes that are weakly and strongly fair, and whether every fair run leaves the place.
type Question = (&'static str, &'static [Class], &'static [Class], bool);

const ENDS: Class = &["Succeed", "Fail"];

const QUESTIONS: [Question; 14] = [
    // one that holds comes first: TLC explores everything then
    ("Falling", &[&["Fall"]], &[], true),
    // nobody has to do anything
    ("Falling", &[], &[], false),
    // the client is free
    ("Used", &[&["Fall"], &["Raise"], ENDS], &[], false),
    ("Idle", &[&["Fall"], &["Raise"], ENDS, &["Expire"]], &[&["Succeed"]], false),
    // either of two does for the class, one of them alone does not
    ("Rising", &[ENDS], &[], true),
    ("Rising", &[&["Succeed"]], &[], false),
    // enabled again and again is not enabled for ever
    ("Rising", &[&["Succeed"], &["Flap"]], &[], false),
    ("Rising", &[&["Flap"]], &[&["Succeed"]], true),
    // never enabled is nobody's due
    ("Rising", &[], &[&["Succeed"]], false),
    // a timer that stays armed ends what would go on for ever
    ("Waiting", &[&["Raise"], ENDS], &[], false),
    ("Waiting", &[&["Expire"]], &[], true),
    // success is due only where it is possible again and again
    ("InReach", &[&["Raise"], ENDS], &[], false),
    ("InReach", &[&["Raise"], ENDS], &[&["Succeed"]], true),
    ("OutOfReach", &[&["Raise"], ENDS], &[&["Succeed"]], false),
];

/// The model with a question, for TLC.
fn asked(name: &str, (place, weak, strong, _): &Question) -> (String, String) {
    let fair = |kind: &str, classes: &[Class]| {
        classes.iter().map(|class| format!(" /\\ {kind}_vars({})", class.join(" \\/ "))).collect::<String>()
    };
    let module = format!(
        "---- MODULE {name} ----\nEXTENDS fairness\nSpec == Init /\\ [][Next]_vars{}{}\nLeaves == []<>~{place}\n====\n",
        fair("WF", weak),
        fair("SF", strong)
    );
    (module, "SPECIFICATION Spec\nACTION_CONSTRAINT Log\nPROPERTY Leaves\n".to_owned())
}

/// The graph TLC printed: edges with the action as label, and the places of each node.
fn graph(run: &Run) -> (Edges, Vec<String>) {
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let mut edges: BTreeSet<(u32, u32, u8)> = BTreeSet::new();
    let mut places: BTreeMap<u32, String> = BTreeMap::new();
    for line in &run.lines {
        let [_, from, of, action, to] = line.as_slice() else { panic!("not an edge: {line:?}") };
        let mut number = |state| {
            let next = numbers.len() as u32;
            *numbers.entry(state).or_insert(next)
        };
        let (from, to) = (number(from.as_str()), number(to.as_str()));
        let label = ACTIONS.iter().position(|known| known == action).expect("an action of the model") as u8;
        // fairness speaks of steps that change something
        if from != to {
            edges.insert((from, to, label));
        }
        places.insert(from, of.clone());
    }
    let mut all = Edges::default();
    for node in 0..numbers.len() as u32 {
        all.push(edges.range((node, 0, 0)..(node + 1, 0, 0)).map(|(_, to, label)| (*to, *label)));
    }
    // the world flaps everywhere: every node has an edge, and so its places are known
    (all, places.into_values().collect())
}

fn labels(class: &Class) -> Labels {
    let label = |name: &&str| ACTIONS.iter().position(|known| known == name).expect("an action of the model") as u8;
    class.iter().fold(Labels::default(), |all, name| all.and(Labels::of(label(name))))
}

fn decided(tlc: &Tlc, scratch: &Path, number: usize, question: &Question) -> Run {
    let name = format!("question{number}");
    let (module, configuration) = asked(&name, question);
    std::fs::write(scratch.join(format!("{name}.tla")), module).expect("written");
    std::fs::write(scratch.join(format!("{name}.cfg")), configuration).expect("written");
    tlc.run(&name, &scratch.join(&name)).expect("TLC decides")
}

#[test]
fn our_verdicts_are_those_of_tlc() {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("liveness");
    std::fs::create_dir_all(&scratch).expect("scratch");
    let Some(tlc) = present(Tlc::find(&scratch)) else { return };
    // as many at a time as there are processors here
    let lanes = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let runs: Vec<Run> = std::thread::scope(|scope| {
        let (tlc, scratch) = (&tlc, &scratch);
        let lane = |lane: usize| {
            scope.spawn(move || {
                let own = QUESTIONS.iter().enumerate().skip(lane).step_by(lanes);
                own.map(|(number, question)| (number, decided(tlc, scratch, number, question))).collect::<Vec<_>>()
            })
        };
        let lanes: Vec<_> = (0..lanes).map(lane).collect();
        let mut runs: Vec<_> = lanes.into_iter().flat_map(|lane| lane.join().expect("TLC decides")).collect();
        runs.sort_by_key(|(number, _)| *number);
        runs.into_iter().map(|(_, run)| run).collect()
    });
    // what is asked changes nothing about the graph
    let (edges, places) = graph(&runs[0]);
    assert_eq!((edges.nodes(), places.len()), (runs[0].states, runs[0].states), "TLC printed every state it found");
    for (question, run) in QUESTIONS.iter().zip(&runs) {
        let (place, weak, strong, known) = question;
        assert_eq!(run.holds, *known, "TLC: {question:?}");
        let fairness = Fairness { weak: weak.iter().map(labels).collect(), strong: strong.iter().map(labels).collect() };
        let inside = |node: u32| places[node as usize].contains(&format!("\"{place}\", TRUE"));
        assert!((0..edges.nodes() as u32).any(inside), "nothing is {place}");
        let lasso = fair_lasso(&Course::all(&edges), &edges, Labels::ALL, &inside, &fairness);
        assert_eq!(lasso.is_none(), *known, "ours: {question:?}: {lasso:?}");
    }
    println!("{} nodes, {} edges, {} questions", edges.nodes(), edges.len(), QUESTIONS.len());
}
