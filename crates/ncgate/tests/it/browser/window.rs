//! A browser window as a person uses it: by the words on it.

use super::driver::Driver;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use thirtyfour::prelude::*;
use tokio::runtime::Runtime;

/// How long something may take to appear.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked for.
const GLANCE: Duration = Duration::from_millis(50);

/// What a window is like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Screen {
    Desktop,
    /// As large as a picture in a document is.
    Document,
    Phone,
}

/// A browser of its own.
pub(crate) struct Window {
    runtime: Runtime,
    web: Option<WebDriver>,
    base: String,
    _driver: Driver,
    _profile: TempDir,
}

impl Window {
    /// An empty browser that will open pages of this gateway.
    pub(crate) fn new(base: &str) -> Window {
        let (driver, profile) = (Driver::start(), tempfile::tempdir().unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut options = DesiredCapabilities::chrome();
        options.set_binary("/usr/bin/chromium").unwrap();
        for flag in [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--force-prefers-reduced-motion",
            "--hide-scrollbars",
        ] {
            options.add_arg(flag).unwrap();
        }
        options.add_arg(&format!("--user-data-dir={}", profile.path().display())).unwrap();
        let web = runtime.block_on(WebDriver::new(driver.url(), options)).unwrap();
        let mut window =
            Window { runtime, web: Some(web), base: base.to_owned(), _driver: driver, _profile: profile };
        window.screen(Screen::Desktop);
        window
    }

    pub(super) fn web(&self) -> &WebDriver {
        self.web.as_ref().expect("the window is open")
    }

    pub(super) fn wait<T>(&self, work: impl Future<Output = WebDriverResult<T>>) -> T {
        self.runtime.block_on(work).unwrap()
    }

    /// Does what may be done twice, such as looking, until the page is not just being replaced by another.
    #[track_caller]
    pub(super) fn settled<T, F: Future<Output = WebDriverResult<T>>>(
        &self,
        mut work: impl FnMut() -> F,
    ) -> T {
        let begun = Instant::now();
        loop {
            match self.runtime.block_on(work()) {
                Ok(found) => return found,
                Err(_) if begun.elapsed() < PATIENCE => std::thread::sleep(GLANCE),
                Err(error) => panic!("the window doesn't answer: {error}"),
            }
        }
    }

    /// Looks again and again; fails with what the page says instead.
    #[track_caller]
    fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{what}: not on {}, which says:\n{}",
                self.path(),
                self.text()
            );
            std::thread::sleep(GLANCE);
        }
    }

    /// Goes to a page, as if its address had been typed.
    pub(crate) fn open(&self, path: &str) {
        self.settled(|| self.web().goto(format!("{}{path}", self.base)));
    }

    /// Goes to a page that is not the gateway's.
    pub(crate) fn visit(&self, url: &str) {
        self.settled(|| self.web().goto(url));
    }

    /// The text in a frame of the page.
    pub(crate) fn frame(&self, number: u16) -> String {
        self.settled(|| async move {
            self.web().enter_default_frame().await?;
            self.web().enter_frame(number).await?;
            let text = self.web().find(By::Tag("body")).await?.text().await;
            self.web().enter_default_frame().await?;
            text
        })
    }

    /// Loads the page again; what a form answered is asked for by sending the form again.
    pub(crate) fn reload(&self) {
        self.settled(|| self.web().refresh());
    }

    /// Goes back to the page before. The driver's own command gives up where that page can't be shown again, as the
    /// answer to a form; here whatever the browser shows instead is looked at like any page.
    #[track_caller]
    pub(crate) fn back(&self) {
        self.leave("the page before", || drop(self.ask("setTimeout(() => history.back())")));
    }

    /// Does what leads to another page, and waits until that is there whole.
    #[track_caller]
    pub(crate) fn leave(&self, what: &str, work: impl FnOnce()) {
        self.ask("window.isLeft = true");
        work();
        let arrived = "return window.isLeft === undefined && document.readyState === 'complete'";
        self.until(what, || (self.ask(arrived) == true).then_some(()));
    }

    /// Path and query of the page.
    pub(crate) fn path(&self) -> String {
        let url = self.settled(|| self.web().current_url());
        url[url::Position::BeforePath..].to_owned()
    }

    /// The text of the whole page as it is shown.
    pub(crate) fn text(&self) -> String {
        self.runtime
            .block_on(async { self.web().find(By::Tag("body")).await?.text().await })
            .unwrap_or_default()
    }

    /// The words in the tab.
    pub(crate) fn title(&self) -> String {
        self.settled(|| self.web().title())
    }

    /// Waits until the page shows this text.
    #[track_caller]
    pub(crate) fn sees(&self, text: &str) {
        self.until(text, || self.text().contains(text).then_some(()));
    }

    /// Waits until the page no longer shows this text.
    #[track_caller]
    pub(crate) fn sees_no(&self, text: &str) {
        self.until(&format!("the end of {text}"), || (!self.text().contains(text)).then_some(()));
    }

    /// Waits until the tab says this.
    #[track_caller]
    pub(crate) fn is_called(&self, title: &str) {
        self.until(title, || (self.title() == title).then_some(()));
    }

    /// Waits until the field of this id holds exactly this, as after a page that was loaded anew.
    #[track_caller]
    pub(crate) fn holds(&self, field: &str, text: &str) {
        self.answers(&format!("return document.getElementById('{field}')?.value"), &text.into());
    }

    /// Waits until a script that only looks returns this.
    #[track_caller]
    pub(crate) fn answers(&self, script: &str, wanted: &serde_json::Value) {
        self.until(&format!("{script}: {wanted}"), || (self.ask(script) == *wanted).then_some(()));
    }

    /// Waits until something of this selector says this, be it to be seen or to be heard.
    #[track_caller]
    pub(crate) fn shows(&self, selector: &str, text: &str) {
        let script = format!("return document.querySelector('{selector}')?.textContent");
        let says = || self.ask(&script).as_str().is_some_and(|said| said.contains(text));
        self.until(&format!("{selector} with {text:?}"), || says().then_some(()));
    }

    /// Waits until it is on this page.
    #[track_caller]
    pub(crate) fn is_at(&self, path: &str) {
        self.until(path, || (self.path() == path).then_some(()));
    }

    #[track_caller]
    fn find(&self, what: &str, xpath: &str) -> WebElement {
        self.until(what, || {
            let found = self.runtime.block_on(async {
                for element in self.web().find_all(By::XPath(xpath)).await? {
                    if element.is_displayed().await? {
                        return WebDriverResult::Ok(Some(element));
                    }
                }
                Ok(None)
            });
            found.ok().flatten()
        })
    }

    /// Fills the field with this label, in place of what is in it.
    #[track_caller]
    pub(crate) fn fill(&self, label: &str, text: &str) {
        let (l, fields) = (quoted(label), "self::input or self::select or self::textarea");
        let xpath = format!(
            "//*[{fields}][@id = //label[normalize-space() = {l}]/@for or ancestor::label[normalize-space() = {l}] or @aria-label = {l}]"
        );
        let field = self.find(label, &xpath);
        self.wait(async {
            if field.tag_name().await? == "select" {
                let option = format!(".//option[normalize-space() = {}]", quoted(text));
                return field.find(By::XPath(option)).await?.click().await;
            }
            field.clear().await?;
            field.send_keys(text).await
        });
    }

    /// Presses the button, the link, the tick or the fold with this name.
    #[track_caller]
    pub(crate) fn press(&self, name: &str) {
        let n = quoted(name);
        let kinds = "self::button or self::a or self::summary or self::label or @role = 'button'";
        let xpath = format!("//*[{kinds}][normalize-space() = {n} or @aria-label = {n}]");
        let begun = Instant::now();
        loop {
            let element = self.find(name, &xpath);
            match self.runtime.block_on(element.click()) {
                Ok(()) => return,
                // Replaced by a newer version of that part of the page, in that very moment.
                Err(_) if begun.elapsed() < PATIENCE => std::thread::sleep(GLANCE),
                Err(error) => panic!("{name} can't be pressed: {error}"),
            }
        }
    }

    /// Types on the page itself, or into what has the focus: a letter, or one of thirtyfour's keys.
    pub(crate) fn keys(&self, keys: impl Into<TypingData>) {
        self.wait(async { self.web().active_element().await?.send_keys(keys).await });
    }

    /// The text, or else the name, of what has the focus.
    pub(crate) fn focus(&self) -> String {
        let script =
            "const e = document.activeElement; return (e.innerText || e.name || e.id || e.tagName).trim()";
        self.ask(script).as_str().unwrap_or_default().to_owned()
    }

    /// What a script on the page returns; it may run again while one page replaces another.
    pub(crate) fn ask(&self, script: &str) -> serde_json::Value {
        self.settled(|| self.web().execute(script, vec![])).json().clone()
    }

    /// What a script on the page hands to its callback, its last argument.
    pub(crate) fn ask_later(&self, script: &str) -> serde_json::Value {
        self.settled(|| self.web().execute_async(script, vec![])).json().clone()
    }

    /// Signs in at the sign-in page.
    #[track_caller]
    pub(crate) fn sign_in(&self, name: &str, password: &str) {
        self.open("/login");
        self.fill("Name", name);
        self.fill("Password", password);
        self.press("Sign in");
        self.sees("Overview");
    }

    /// Plants a cookie, as somebody with the browser's tools could.
    pub(crate) fn plant(&self, name: &str, value: &str) {
        self.wait(self.web().add_cookie(Cookie::new(name, value)));
    }

    fn tools(&self, command: &str, parameters: serde_json::Value) -> serde_json::Value {
        self.wait(self.web().cdp().send_raw(command, parameters))
    }

    /// Takes on the size of a screen.
    pub(crate) fn screen(&mut self, screen: Screen) {
        let (width, height, mobile) = match screen {
            Screen::Desktop => (1280, 860, false),
            Screen::Document => (1120, 760, false),
            Screen::Phone => (360, 740, true),
        };
        let size = serde_json::json!({
            "width": width, "height": height, "mobile": mobile,
            "deviceScaleFactor": if mobile { 2 } else { 1 },
        });
        self.tools("Emulation.setDeviceMetricsOverride", size);
    }

    /// Has the system prefer dark colours, or light ones.
    pub(crate) fn dark(&self, is_dark: bool) {
        let value = if is_dark { "dark" } else { "light" };
        let wish = serde_json::json!({"features": [{"name": "prefers-color-scheme", "value": value}]});
        self.tools("Emulation.setEmulatedMedia", wish);
    }

    /// A picture of the whole page, to look at.
    pub(crate) fn picture(&self, name: &str) {
        self.shoot(&super::judge::target().join("screenshots"), name, true);
    }

    /// A picture of what the window shows, for a document.
    pub(crate) fn view(&self, folder: &Path, name: &str) -> usize {
        self.shoot(folder, name, false)
    }

    /// Answers the size of the file in bytes.
    fn shoot(&self, folder: &Path, name: &str, is_whole: bool) -> usize {
        let shot =
            self.tools("Page.captureScreenshot", serde_json::json!({"captureBeyondViewport": is_whole}));
        let bytes = BASE64.decode(shot["data"].as_str().unwrap()).unwrap();
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), &bytes).unwrap();
        bytes.len()
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if let Some(web) = self.web.take() {
            // The driver's end takes the browser along, should it not want to go.
            let _ = self.runtime.block_on(web.quit());
        }
    }
}

/// A text within an XPath expression.
fn quoted(text: &str) -> String {
    assert!(!text.contains('"'), "a name on a page with a double quote: {text}");
    format!("\"{text}\"")
}
