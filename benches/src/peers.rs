//! The same thresholds in two policy languages, each with its input loaded beforehand in its native form.

use std::sync::Arc;

use anyhow::{Result, anyhow, ensure};
use dast_policy::{Finding, Limits, Severity, Threshold, Thresholds};
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use serde_json::{Map, Value, json};

const REGO: &str = include_str!("../policies/thresholds.rego");
const RULE: &str = "data.thresholds.verdict";
const CEL: &str = include_str!("../policies/thresholds.cel");

/// Rego in the tree-walking interpreter of `regorus`.
pub(crate) struct Interpreter(regorus::Engine);

impl Interpreter {
    pub(crate) fn new(findings: &[Finding], thresholds: &Thresholds) -> Result<Self> {
        let mut engine = engine()?;
        engine.set_input(rego_input(findings, thresholds));
        Ok(Self(engine))
    }

    pub(crate) fn verdict(&mut self) -> Result<String> {
        Ok(self.0.eval_rule(RULE.to_owned())?.as_string()?.to_string())
    }
}

/// Rego compiled for the register machine of `regorus`.
pub(crate) struct Machine {
    machine: RegoVM,
    input: regorus::Value,
}

impl Machine {
    pub(crate) fn new(findings: &[Finding], thresholds: &Thresholds) -> Result<Self> {
        let compiled = engine()?.compile_with_entrypoint(&RULE.into())?;
        let program =
            Compiler::compile_from_policy(&compiled, &[RULE]).map_err(|error| anyhow!("{error:?}"))?;
        let mut machine = RegoVM::new();
        machine.load_program(program);
        machine.set_max_instructions(usize::MAX);
        Ok(Self { machine, input: rego_input(findings, thresholds) })
    }

    pub(crate) fn verdict(&mut self) -> Result<String> {
        // Setting the input, which only counts a reference, makes the machine forget what it has worked out before.
        self.machine.set_input(self.input.clone());
        let value = self.machine.execute().map_err(|error| anyhow!("{error:?}"))?;
        Ok(value.as_string()?.to_string())
    }
}

/// CEL in the interpreter of `cel`.
pub(crate) struct Cel {
    program: cel::Program,
    context: cel::Context<'static, 'static>,
}

impl Cel {
    pub(crate) fn new(findings: &[Finding], thresholds: &Thresholds) -> Result<Self> {
        let mut environment = cel::Env::stdlib();
        environment.add_extension(cel::extensions::lists)?;
        let environment = Arc::new(environment);
        let program = environment.compile(CEL)?;
        let mut context = cel::Context::with_env(environment);
        let limits = Severity::ALL.map(|severity| {
            let mut limit = units(thresholds, severity);
            limit.insert("severity".to_owned(), severity.as_str().into());
            limit
        });
        context.add_variable_from_value("limits", cel::to_value(&limits)?);
        context.add_variable_from_value("findings", cel::to_value(rows(findings))?);
        Ok(Self { program, context })
    }

    pub(crate) fn verdict(&self) -> Result<String> {
        match self.program.execute(&self.context)? {
            cel::Value::String(verdict) => Ok(verdict.to_string()),
            other => Err(anyhow!("no verdict, but {other:?}")),
        }
    }
}

fn engine() -> Result<regorus::Engine> {
    let mut engine = regorus::Engine::new();
    let package = engine.add_policy("thresholds.rego".to_owned(), REGO.to_owned())?;
    ensure!(package == "data.thresholds", "the policy is of package {package}");
    Ok(engine)
}

fn rego_input(findings: &[Finding], thresholds: &Thresholds) -> regorus::Value {
    let limits =
        Severity::ALL.map(|severity| (severity.as_str().to_owned(), units(thresholds, severity).into()));
    json!({ "limits": Map::from_iter(limits), "findings": rows(findings) }).into()
}

/// What the policies look at, and nothing else, so that the peers carry no more than they need.
fn rows(findings: &[Finding]) -> Vec<Value> {
    let row = |finding: &Finding| {
        json!({
            "alertRef": finding.alert_ref().as_str(),
            "severity": finding.severity().as_str(),
            "confidence": finding.confidence().as_str(),
        })
    };
    findings.iter().map(row).collect()
}

/// The limits on one severity. There is one of every kind, so that the policies need no rule for what is absent.
fn units(thresholds: &Thresholds, severity: Severity) -> Map<String, Value> {
    let limit = |limits: &Limits| {
        let limit = limits.get(severity);
        json!({ "fail": limit.and_then(|limit: Threshold| limit.fail()), "warn": limit.and_then(|limit| limit.warn()) })
    };
    let units = [("alerts", limit(&thresholds.alerts)), ("instances", limit(&thresholds.instances))];
    units.map(|(unit, limit)| (unit.to_owned(), limit)).into_iter().collect()
}
