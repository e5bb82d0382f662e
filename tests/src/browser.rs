//! A real Chromium without a window, driven through ChromeDriver, with axe for accessibility.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;
use thirtyfour::prelude::*;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::paths;

/// Names the file of axe-core; `cargo xtask test` sets it.
pub const AXE: &str = "AIM_AXE";
/// How long the driver may take to start.
const START_MAX: Duration = Duration::from_secs(60);
/// Ports that ChromeDriver may find taken, one after the other.
const PORTS_TRIED_MAX: usize = 8;
/// What the driver says once it listens.
const STARTED: &str = "started successfully on port ";
/// A phone and a desktop, in CSS pixels.
pub const WIDTHS: [u32; 2] = [390, 1280];
const HEIGHT: u32 = 900;

/// Finds what does not fit the window; see [`Browser::misfits`].
const MISFITS: &str = r#"
    const found = [], edge = document.documentElement.clientWidth, main = document.querySelector('main') ?? document.body;
    const texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    for (let text; (text = texts.nextNode());) {
        if (text.parentElement.closest('code, pre, .break, .visually-hidden')) continue;
        for (const number of text.data.matchAll(/\d[\d.,:]*\d/g)) {
            const range = document.createRange();
            range.setStart(text, number.index);
            range.setEnd(text, number.index + number[0].length);
            const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
            if (lines.size > 1) found.push('`' + number[0] + '` breaks between digits');
        }
    }
    if (edge < 640) {
        for (const element of main.querySelectorAll('*')) {
            const box = element.getBoundingClientRect();
            if (!element.closest('pre, .visually-hidden, thead') && box.width > 0 && box.right > edge + 1)
                found.push('<' + element.tagName.toLowerCase() + '> reaches beyond the edge: ' + element.textContent.trim().slice(0, 60));
        }
        // At a service's origin the tables are the service's own.
        const ours = document.querySelector('link[href="/assets/aim.css"]') !== null;
        for (const cell of ours ? main.querySelectorAll('thead ~ tbody td') : [])
            if (!cell.dataset.label?.trim()) found.push('a cell without a label: ' + cell.textContent.trim().slice(0, 60));
    }
    return found;
"#;

/// Without a window; as root, where Chromium's own sandbox does not start; and quiet on a network
/// that leads nowhere.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// A browser. Dropping it kills it.
#[derive(Debug)]
pub struct Browser {
    /// What drives it.
    pub driver: WebDriver,
    server: Child,
    profile: Profile,
    axe: Option<String>,
}

/// The browser's folder. A failed test kills the driver, which leaves the browser behind; whatever
/// still names this folder on its command line is ours to end.
#[derive(Debug)]
struct Profile(TempDir);

impl Drop for Profile {
    fn drop(&mut self) {
        let Some(folder) = self.0.path().to_str() else {
            return;
        };
        for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let pid = process.file_name().to_str().and_then(|name| name.parse().ok());
            let command = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
            if let Some(pid) = pid.and_then(rustix::process::Pid::from_raw)
                && String::from_utf8_lossy(&command).contains(folder)
            {
                // It may have ended by itself meanwhile.
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        }
    }
}

/// What axe found on a page.
#[derive(Debug, serde::Deserialize)]
pub struct Violation {
    /// The rule.
    pub id: String,
    /// How bad.
    pub impact: Option<String>,
    /// What the rule wants.
    pub help: String,
    /// Where.
    pub nodes: Vec<Node>,
}

/// An element that breaks a rule.
#[derive(Debug, serde::Deserialize)]
pub struct Node {
    /// The element.
    pub html: String,
    /// In which way.
    #[serde(rename = "failureSummary", default)]
    pub summary: Option<String>,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} ({}): {}",
            self.id,
            self.impact.as_deref().unwrap_or("-"),
            self.help
        )?;
        for node in &self.nodes {
            write!(f, "\n      {}", node.html)?;
            if let Some(summary) = &node.summary {
                write!(f, "\n      {}", summary.replace('\n', " "))?;
            }
        }
        Ok(())
    }
}

/// Starts ChromeDriver at a free port.
///
/// It lets the kernel choose a port of one address family and wants the same of the other: where somebody has that
/// one, it ends. Then the kernel is asked again.
async fn start_driver(chromedriver: &Path, temporary: &Path) -> Result<(Child, String)> {
    let mut said = String::new();
    for _ in 0..PORTS_TRIED_MAX {
        let mut server = Command::new(chromedriver)
            .arg("--port=0")
            .env("TMPDIR", temporary)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = server.stdout.take().context("no standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        said.clear();
        while let Some(line) = lines.next_line().await? {
            if let Some((_, port)) = line.split_once(STARTED) {
                let port = port.trim_end_matches('.').to_owned();
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok((server, port));
            }
            said.push_str(&line);
            said.push('\n');
        }
    }
    bail!("it ended {PORTS_TRIED_MAX} times, the last time with:\n{said}")
}

impl Browser {
    /// Starts a browser with an empty profile, whose owner reads this language.
    ///
    /// # Errors
    /// When Chromium or ChromeDriver is not installed, or does not start.
    pub async fn start(language: &str) -> Result<Self> {
        crate::http::install_cryptography();
        let folders = [PathBuf::from("/usr/bin")];
        let chromedriver = paths::program("chromedriver", &folders)
            .context("`chromedriver` is not installed: Debian's package is `chromium-driver`")?;
        let chromium = paths::program("chromium", &folders)
            .context("`chromium` is not installed: Debian's package is `chromium`")?;
        let profile = Profile(tempfile::Builder::new().prefix("aim-browser-").tempdir()?);
        let (server, port) = timeout(START_MAX, start_driver(&chromedriver, profile.0.path()))
            .await
            .context("`chromedriver` was not ready in time")?
            .context("`chromedriver` does not start")?;

        let mut capabilities = DesiredCapabilities::chrome();
        capabilities.set_binary(&chromium.display().to_string())?;
        for flag in FLAGS {
            capabilities.add_arg(flag)?;
        }
        capabilities.add_arg(&format!("--accept-lang={language}"))?;
        capabilities.add_arg(&format!(
            "--user-data-dir={}",
            profile.0.path().join("profile").display()
        ))?;
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await?;
        driver.set_window_rect(0, 0, WIDTHS[1], HEIGHT).await?;
        let axe = match std::env::var_os(AXE) {
            Some(path) => {
                Some(std::fs::read_to_string(&path).with_context(|| format!("`{AXE}` is {path:?}"))?)
            }
            None => None,
        };
        Ok(Self {
            driver,
            server,
            profile,
            axe,
        })
    }

    /// Sets the window's width in CSS pixels.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn width(&self, width: u32) -> Result<()> {
        self.driver.set_window_rect(0, 0, width, HEIGHT).await?;
        Ok(())
    }

    /// What axe, with all its rules, has against the page that is shown.
    ///
    /// # Errors
    /// When `AIM_AXE` does not name axe-core, or axe itself fails.
    pub async fn violations(&self) -> Result<Vec<Violation>> {
        let axe = self
            .axe
            .as_deref()
            .with_context(|| format!("set `{AXE}` to axe-core's `axe.min.js`, as `cargo xtask test` does"))?;
        self.driver.execute(axe, Vec::new()).await?;
        let answer = self
            .driver
            .execute_async(
                "const done = arguments[0];
                 const rules = Object.fromEntries(axe.getRules().map((r) => [r.ruleId, { enabled: true }]));
                 axe.run(document, { rules, resultTypes: ['violations'] })
                    .then((r) => done(r.violations.map((v) => ({ id: v.id, impact: v.impact, help: v.help,
                       nodes: v.nodes.map((n) => ({ html: n.html, failureSummary: n.failureSummary })) }))))
                    .catch((e) => done(String(e)));",
                Vec::new(),
            )
            .await?;
        if let Some(error) = answer.json().as_str() {
            bail!("axe failed: {error}");
        }
        Ok(answer.convert()?)
    }

    /// Keeps a picture of the whole page as `target/screenshots/<name>.png`.
    ///
    /// # Errors
    /// When it cannot be taken or kept.
    pub async fn picture(&self, name: &str) -> Result<()> {
        let height = self
            .driver
            .execute("return document.documentElement.scrollHeight", Vec::new())
            .await?
            .json()
            .as_u64()
            .and_then(|height| u32::try_from(height).ok())
            .unwrap_or(HEIGHT);
        let rect = self.driver.get_window_rect().await?;
        let width = u32::try_from(rect.width)?;
        self.driver
            .set_window_rect(0, 0, width, height.clamp(HEIGHT, 4_000) + 120)
            .await?;
        let file = paths::scratch("screenshots")?.join(format!("{name}.png"));
        self.driver.screenshot(&file).await?;
        self.driver.set_window_rect(0, 0, width, HEIGHT).await?;
        Ok(())
    }

    /// Whether the page is wider than the window, so that a reader must scroll sideways.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn scrolls_sideways(&self) -> Result<bool> {
        let answer = self
            .driver
            .execute(
                "return document.documentElement.scrollWidth > document.documentElement.clientWidth",
                Vec::new(),
            )
            .await?;
        Ok(answer.json().as_bool().unwrap_or(false))
    }

    /// What does not fit the window: numbers that break between digits, and, on a phone, elements that reach
    /// beyond the edge and, in the platform's own tables, cells whose column nobody can tell. Code may break and scroll.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn misfits(&self) -> Result<Vec<String>> {
        Ok(self.driver.execute(MISFITS, Vec::new()).await?.convert()?)
    }

    /// Closes it.
    ///
    /// # Errors
    /// When it does not close.
    pub async fn quit(mut self) -> Result<()> {
        self.driver.quit().await?;
        self.server.start_kill()?;
        self.server.wait().await?;
        drop(self.profile);
        Ok(())
    }
}
