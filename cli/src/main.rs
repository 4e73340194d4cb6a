//! The program `netsession`: what is asked for, and who does it.
#![forbid(unsafe_code)]

mod arguments;
mod command;
mod demo;
mod doctor;
mod error;
mod help;
mod output;
mod row;
mod setup;
mod signals;

use arguments::{Action, Arguments, Backend};
use clap::Parser;
use error::Failed;
use setup::Told;
use std::future::Future;
use std::process::ExitCode;

/// `check` allocates for every transition.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // a law, or a scenario, that is played on real links is a process of its own
    if let Some(code) = command::conformance::inside() {
        return code;
    }
    let arguments = Arguments::parse();
    arguments.color.write_global();
    let json = arguments.action.json();
    match run(arguments) {
        Ok(code) => code,
        Err(failed) => failed.report(json),
    }
}

/// What enters namespaces must come before any runtime and any thread: only the actions that need a runtime get one.
fn run(arguments: Arguments) -> Result<ExitCode, Failed> {
    setup::log(arguments.verbose);
    let source = arguments.source;
    if source.backend == Backend::Broker && !matches!(arguments.action, Action::Conformance(_)) {
        return Err(Failed::usage("`--backend broker` is for `conformance`").help("sessions of the broker: --through broker"));
    }
    let told = Told::new(arguments.verbose, arguments.action.json());
    match arguments.action {
        Action::List(options) => block_on(command::list::run(source, told, options)),
        Action::Monitor(options) => block_on(command::monitor::run(source, told, options)),
        Action::Open(options) => block_on(command::open::run(source, told, options)),
        Action::Stop(options) => block_on(command::stop::run(source, told, options)),
        Action::Status(options) => block_on(command::status::run(source, options)),
        Action::Broker(options) => block_on(command::broker::run(source, told, options)),
        Action::Doctor(options) if options.try_namespaces => command::doctor::try_namespaces(),
        Action::Doctor(options) => block_on(command::doctor::run(source, options)),
        Action::Demo(options) => command::demo::run(source, &options),
        Action::Check(options) => command::check::run(&options),
        Action::Conformance(options) => command::conformance::run(source.backend, &options),
        Action::Scenario(options) => command::scenario::run(source.backend, &options),
        Action::Replay(options) => command::replay::run(source.backend, &options),
        Action::Judge(options) => command::judge::run(&options),
        Action::Explore(options) => command::explore::run(&options),
        Action::Config(options) => command::config::run(&options),
        Action::Diagrams(options) => command::diagrams::run(&options),
        Action::Completions(options) => command::pages::completions(&options),
        Action::Man(options) => command::pages::man(&options),
    }
}

fn block_on(work: impl Future<Output = Result<ExitCode, Failed>>) -> Result<ExitCode, Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failed::unavailable(format!("no runtime: {error}")).help("the system may be out of resources"))?;
    runtime.block_on(work)
}
