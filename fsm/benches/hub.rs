//! Does an event in the hub cost what it concerns, whatever else exists? And what does a session weigh?
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "a bench reads the clock")]

use core::hint::black_box;
use netsession_fsm::hub::{Call, Command, Definition, Hub, Input, LinkReport, Output, Report, SessionOptions, Settings};
use netsession_fsm::words::{AccessPoint, AccessPointId, Cause, ConfigurationState, OperationId, RequestId, SessionId};
use std::time::Instant;

const FEW: usize = 10;
const MANY: usize = 100_000;
/// Other access points, over which the unrelated sessions are spread.
const OTHERS: u32 = 1_000;
/// The access points the events are about: one somebody else has up, one that is raised and lowered.
const SHARED: AccessPointId = AccessPointId(OTHERS);
const OWN: AccessPointId = AccessPointId(OTHERS + 1);

const RATIO_TARGET: f64 = 1.3;
const BYTES_TARGET: f64 = 300.0;
const ROUNDS: usize = 60;
const REPEATS: usize = 500;

/// A hub with its shell: answers commands, numbers reports.
struct Rig {
    hub: Hub,
    outputs: Vec<Output>,
    generation: u64,
    request: u32,
}

impl Rig {
    fn new(unrelated: usize) -> Self {
        let mut rig = Self { hub: Hub::new(Settings::default()), outputs: Vec::new(), generation: 0, request: 0 };
        for id in 0..=OWN.0 {
            rig.step(&Input::Define(Definition::AccessPoint(AccessPointId(id), AccessPoint::default())));
            let state = if id == OWN.0 { ConfigurationState::Discovered } else { ConfigurationState::Active };
            rig.report(AccessPointId(id), state, OperationId(0), Cause::Unknown);
        }
        for place in 0..unrelated {
            let session = rig.create(AccessPointId(place as u32 % OTHERS));
            rig.open(session);
        }
        rig
    }

    /// Gives one input. A default route that is to be switched is switched.
    fn step(&mut self, input: &Input) {
        self.outputs.clear();
        self.hub.step(input, &mut self.outputs);
        let prefer = self.outputs.iter().rev().find_map(|output| match output {
            Output::Command(Command::Prefer { op, .. }) => Some(*op),
            _ => None,
        });
        if let Some(op) = prefer {
            let mut outputs = Vec::new();
            self.hub.step(&Input::Report(Report::Route { op, result: Ok(()) }), &mut outputs);
        }
    }

    fn report(&mut self, access_point: AccessPointId, state: ConfigurationState, done: OperationId, cause: Cause) {
        self.generation += 1;
        self.step(&Input::Report(Report::Link(LinkReport { access_point, generation: self.generation, state, done, cause })));
    }

    fn create(&mut self, access_point: AccessPointId) -> SessionId {
        self.request += 1;
        let request = RequestId(self.request);
        self.step(&Input::Create { request, configuration: access_point.into(), options: SessionOptions::default() });
        let created = self.outputs.iter().find_map(|output| match output {
            Output::Created { session, .. } => Some(*session),
            _ => None,
        });
        created.expect("a session on a defined access point is created")
    }

    fn ask(&mut self, session: SessionId, call: Call) {
        self.request += 1;
        self.step(&Input::Request { session, request: RequestId(self.request), call });
    }

    fn open(&mut self, session: SessionId) {
        self.ask(session, Call::Open { choice: None });
    }

    /// The operation of the command just given.
    fn op(&self) -> OperationId {
        let op = self.outputs.iter().find_map(|output| match output {
            Output::Command(Command::Raise { op, .. } | Command::Lower { op, .. }) => Some(*op),
            _ => None,
        });
        op.expect("a command was given")
    }

    /// A link with two open sessions is lost and comes back; both open again. Four inputs.
    fn lose(&mut self, [one, other]: [SessionId; 2]) {
        self.report(SHARED, ConfigurationState::Discovered, OperationId(0), Cause::CarrierLost);
        self.report(SHARED, ConfigurationState::Active, OperationId(0), Cause::Unknown);
        self.open(one);
        self.open(other);
    }

    /// A session opens, its link is raised; it closes, its link is lowered. Four inputs.
    fn open_and_close(&mut self, session: SessionId) {
        self.open(session);
        let op = self.op();
        self.report(OWN, ConfigurationState::Active, op, Cause::Unknown);
        self.ask(session, Call::Close);
        let op = self.op();
        self.report(OWN, ConfigurationState::Discovered, op, Cause::Unknown);
    }
}

/// Inputs in either cycle.
const INPUTS: f64 = 4.0;

struct Hot {
    rig: Rig,
    pair: [SessionId; 2],
    single: SessionId,
}

impl Hot {
    fn new(unrelated: usize) -> Self {
        let mut rig = Rig::new(unrelated);
        let pair = [rig.create(SHARED), rig.create(SHARED)];
        pair.into_iter().for_each(|session| rig.open(session));
        let single = rig.create(OWN);
        Self { rig, pair, single }
    }

    fn lose(&mut self) {
        self.rig.lose(self.pair);
    }

    fn open_and_close(&mut self) {
        self.rig.open_and_close(self.single);
    }
}

/// Nanoseconds per input of one round.
fn round(hot: &mut Hot, cycle: fn(&mut Hot)) -> f64 {
    let begin = Instant::now();
    for _ in 0..REPEATS {
        cycle(black_box(hot));
    }
    begin.elapsed().as_nanos() as f64 / (REPEATS as f64 * INPUTS)
}

fn compare(name: &str, few: &mut Hot, many: &mut Hot, cycle: fn(&mut Hot)) {
    let (mut least_few, mut least_many) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        least_few = least_few.min(round(few, cycle));
        least_many = least_many.min(round(many, cycle));
    }
    let allocations = allocation_counter::measure(|| {
        round(many, cycle);
    });
    let ratio = least_many / least_few;
    println!("{name}, best of {ROUNDS} rounds");
    println!("  among {FEW:7} others  {least_few:8.1} ns/input");
    println!("  among {MANY:7} others  {least_many:8.1} ns/input");
    println!("  ratio                {ratio:8.2}   target {RATIO_TARGET}: {}", verdict(ratio <= RATIO_TARGET));
    println!("  allocations per input {:7.3}", allocations.count_total as f64 / (REPEATS as f64 * INPUTS));
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}

/// Bytes a hub of so many open sessions keeps.
fn kept(sessions: usize) -> i64 {
    let mut rig = None;
    let taken = allocation_counter::measure(|| rig = Some(Rig::new(sessions)));
    drop(black_box(rig));
    taken.bytes_current
}

/// What the hub keeps for each session; its tables grow by doubling, so it depends on how full they are.
fn weigh() {
    let empty = kept(0);
    println!("weight of an open session");
    for sessions in [1 << 16, MANY, 1 << 17] {
        let bytes = (kept(sessions) - empty) as f64 / sessions as f64;
        println!("  among {sessions:7}          {bytes:8.1} bytes  target {BYTES_TARGET}: {}", verdict(bytes <= BYTES_TARGET));
    }
}

fn main() {
    let (mut few, mut many) = (Hot::new(FEW), Hot::new(MANY));
    compare("a link of two sessions is lost and comes back", &mut few, &mut many, Hot::lose);
    compare("one session opens and closes", &mut few, &mut many, Hot::open_and_close);
    drop((few, many));
    weigh();
}
