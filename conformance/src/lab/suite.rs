//! How are labs run as tests? Each in a process of its own that enters the namespaces, reported like any other test.
//!
//! A lab is two processes. The first enters the namespaces and waits; the second is the first process of a process namespace, and
//! runs the lab. When the second one ends, however it ends, the kernel ends everything it started; it ends when the first one does.

use super::daemons::{BUS_ADDRESS, Program};
use super::{Lab, LabError, alone, enter, recordings};
use crate::rig::{Real, Virtual};
use futures::future::LocalBoxFuture;
use libtest_mimic::{Arguments, Failed, Trial};
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::{Command, ExitCode, Output, Stdio};

/// Hidden argument: run one lab in this process.
const INSIDE: &str = "--inside-the-lab";
/// Hidden argument: this process is the first of the lab's process namespace.
const ALONE: &str = "--alone-in-the-lab";
/// Name of the lab that only tries to enter.
const TRY: &str = "try";
/// Exit code of a process that was refused its namespaces.
const REFUSED: u8 = 77;

/// How a lab ended.
pub type Outcome = Result<(), Box<dyn Error>>;

/// What a case does.
#[derive(Debug, Clone, Copy)]
pub enum Run {
    /// In a process of its own, inside the namespaces, in a single-threaded runtime.
    Inside(fn(Lab) -> LocalBoxFuture<'static, Outcome>),
    /// The same, told its own name: for cases that are found when the program runs.
    Named(fn(Lab, &'static str) -> LocalBoxFuture<'static, Outcome>),
    /// Outside, with labs it starts by itself.
    Outside(fn(Outside) -> Outcome),
    /// In the process of the suite, in time that goes on at once when everybody waits.
    Virtual(fn(Virtual) -> LocalBoxFuture<'static, Outcome>),
    /// In the process of the suite, in real time.
    Real(fn(Real) -> LocalBoxFuture<'static, Outcome>),
    /// Inside, but only when an `Outside` case starts it.
    Hidden(fn(Lab) -> LocalBoxFuture<'static, Outcome>),
}

impl Run {
    /// Whether it takes namespaces.
    const fn takes_lab(self) -> bool {
        match self {
            Self::Inside(_) | Self::Named(_) | Self::Outside(_) | Self::Hidden(_) => true,
            Self::Virtual(_) | Self::Real(_) => false,
        }
    }
}

/// A lab with its name.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// What it shows.
    pub name: &'static str,
    /// How.
    pub run: Run,
    /// Programs it starts. Where one is missing the case is ignored, loudly; where the environment says `CI` it fails instead.
    pub needs: &'static [Program],
}

/// For cases that start labs by themselves.
#[derive(Debug, Clone, Copy)]
pub struct Outside;

impl Outside {
    /// The command that runs a lab of this program in a process of its own.
    ///
    /// # Errors
    /// If the program does not know where it is.
    pub fn lab(self, name: &str) -> std::io::Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([INSIDE, name]).stdin(Stdio::null());
        Ok(command)
    }
}

/// Whether this process is one of a lab, and not the one that reports how labs ended.
#[must_use]
pub fn is_inside() -> bool {
    std::env::args().nth(1).is_some_and(|argument| [INSIDE, ALONE].contains(&argument.as_str()))
}

/// Runs the cases as the arguments of the program ask. If namespaces are refused all cases are ignored, loudly; where the environment
/// says `CI` they fail instead.
#[must_use]
pub fn suite(cases: &[Case]) -> ExitCode {
    run_all(cases, None, Vec::new())
}

/// The same, this many labs at a time where the arguments do not say how many: for labs that mostly wait.
#[must_use]
pub fn suite_of(threads: usize, cases: &[Case]) -> ExitCode {
    run_all(cases, Some(threads), Vec::new())
}

/// The same, beside tests that need no lab.
#[must_use]
pub fn suite_beside(threads: usize, tests: Vec<Trial>, cases: &[Case]) -> ExitCode {
    run_all(cases, Some(threads), tests)
}

/// Where this process was started to run one case (by [`Outside::lab`]): runs it and says how it ended. To be called before there is
/// any other thread.
#[must_use]
pub fn run_one(cases: &[Case]) -> Option<ExitCode> {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.as_slice() {
        [_, inside, name] if inside == INSIDE => Some(match cases.iter().find(|case| case.name == name).map(|case| case.run) {
            Some(Run::Virtual(run)) => ended(in_virtual_time(run)),
            Some(Run::Real(run)) => ended(in_real_time(run)),
            Some(Run::Inside(_) | Run::Named(_) | Run::Outside(_) | Run::Hidden(_)) | None => run_inside(name),
        }),
        [_, alone, name] if alone == ALONE => Some(run_alone(cases, name)),
        _ => None,
    }
}

fn run_all(cases: &[Case], threads: Option<usize>, mut trials: Vec<Trial>) -> ExitCode {
    if let Some(code) = run_one(cases) {
        return code;
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(threads);
    let refused = if arguments.list || !cases.iter().any(|case| case.run.takes_lab()) { None } else { refusal() };
    let may_ignore = std::env::var_os("CI").is_none();
    if let Some(refused) = &refused {
        eprintln!("\n*** NO LAB: nothing below was shown on real links ***\n{refused}");
    }
    let visible = cases.iter().filter(|case| !matches!(case.run, Run::Hidden(_)));
    trials.extend(visible.map(|case| {
        let refused = refused.clone().filter(|_| case.run.takes_lab());
        let missing = if arguments.list { None } else { missing(case) };
        if let Some(missing) = &missing {
            eprintln!("*** {}: SKIPPED: {missing} ***", case.name);
        }
        let cannot = refused.or(missing);
        let ignored = may_ignore && cannot.is_some();
        trial(*case, cannot).with_ignored_flag(ignored)
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// What a case needs and is not installed.
fn missing(case: &Case) -> Option<String> {
    let missing: Vec<_> = case.needs.iter().filter(|program| !program.is_installed()).map(ToString::to_string).collect();
    (!missing.is_empty()).then(|| format!("needs {}", missing.join(", ")))
}

/// Why a case cannot be run here, if it cannot: no namespaces, or no program that it needs. They are tried once for all of them.
pub fn cannot(cases: &[Case]) -> impl Fn(&Case) -> Option<String> + Sync + use<> {
    let refused = if cases.iter().any(|case| case.run.takes_lab()) { refusal() } else { None };
    move |case| refused.clone().filter(|_| case.run.takes_lab()).or_else(|| missing(case))
}

fn trial(case: Case, cannot: Option<String>) -> Trial {
    Trial::test(case.name, move || {
        if let Some(cannot) = cannot {
            return Err(cannot.into());
        }
        match case.run {
            Run::Inside(_) | Run::Named(_) | Run::Hidden(_) => judge(&Outside.lab(case.name)?.output()?),
            Run::Outside(run) => run(Outside).map_err(|error| Failed::from(error.to_string())),
            Run::Virtual(run) => in_virtual_time(run).map_err(|error| Failed::from(error.to_string())),
            Run::Real(run) => in_real_time(run).map_err(|error| Failed::from(error.to_string())),
        }
    })
}

fn judge(output: &Output) -> Result<(), Failed> {
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.success() {
        print!("{said}");
        return Ok(());
    }
    Err(format!("{}\n{said}{}", output.status, String::from_utf8_lossy(&output.stderr)).into())
}

/// Why there can be no lab here, if there can be none.
fn refusal() -> Option<String> {
    match Outside.lab(TRY).and_then(|mut command| command.output()) {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => Some(format!("the lab cannot be tried: {error}")),
    }
}

/// The first process of a lab: enters, starts the second one, waits for it and ends as it did.
fn run_inside(name: &str) -> ExitCode {
    let ended = enter().and_then(|()| alone::start(ALONE, name, BUS_ADDRESS));
    match ended {
        Ok(code) => code.into(),
        Err(error) => {
            eprintln!("{error}");
            if matches!(error, LabError::Refused { .. }) { REFUSED.into() } else { ExitCode::FAILURE }
        }
    }
}

/// The second process of a lab: runs it.
fn run_alone(cases: &[Case], name: &str) -> ExitCode {
    let result = alone::settle().map_err(Into::into).and_then(|()| match cases.iter().find(|case| case.name == name) {
        Some(Case { run: Run::Inside(run) | Run::Hidden(run), .. }) => block_on(run),
        Some(Case { run: Run::Named(run), name, .. }) => block_on(|lab| run(lab, name)),
        Some(Case { run: Run::Outside(_) | Run::Virtual(_) | Run::Real(_), .. }) => Err(format!("`{name}` runs outside of the lab").into()),
        None if name == TRY => block_on(|_| Box::pin(async { Ok(()) })),
        None => Err(format!("no lab is called `{name}`").into()),
    });
    ended(result.and_then(|()| recordings::judge().map_err(Into::into)))
}

fn ended(result: Outcome) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn block_on(run: impl FnOnce(Lab) -> LocalBoxFuture<'static, Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let lab = || runtime.block_on(async { run(Lab::new().await?).await });
    let outcome = catch_unwind(AssertUnwindSafe(lab));
    if !matches!(outcome, Ok(Ok(()))) {
        super::daemons::print_logs();
    }
    outcome.unwrap_or_else(|panic| resume_unwind(panic))
}

fn in_virtual_time(run: fn(Virtual) -> LocalBoxFuture<'static, Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build()?;
    runtime.block_on(run(Virtual::new()))
}

fn in_real_time(run: fn(Real) -> LocalBoxFuture<'static, Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(Real::new()))
}
