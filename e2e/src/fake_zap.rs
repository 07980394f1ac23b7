//! A ZAP that attacks nobody, and tells what it was asked.

use std::fs;

use anyhow::{Context, Result};
use dast_lab::image::{Image, Layer};
use dast_lab::program::{Profile, Program};
use serde_json::{Value, json};

use crate::stage::{Stage, say, target};

/// Its image, which has the program where a real one has its own.
const IMAGE: &str = "lab.invalid/fake-zap:1";
const PROGRAM: &str = "zap.sh";

impl Stage {
    /// Gives the node a fake ZAP that can reach these pages, and returns what the configuration says of it as `zap`.
    ///
    /// # Errors
    /// When it cannot be built or loaded.
    pub fn load_fake_zap(&self, pages: &[&str]) -> Result<Value> {
        let built = Program::build(&[Program::FAKE_ZAP], Profile::Story, say)?;
        let content = fs::read(built.first().context("cargo has built no fake ZAP")?)?;
        let image = Image::new(IMAGE, &[&format!("/{PROGRAM}")])
            .environment(&["PATH=/", &format!("FAKE_ZAP_PAGES={}", pages.join(" "))])
            .layer(Layer::new().program(PROGRAM, content))
            .write(&target().join("fake-zap.tar"))?;
        self.cluster().load_image(image.path())?;
        Ok(json!({"image": image.name(), "imagePullPolicy": "Never"}))
    }
}
