//! From files to connectors; the only part of the crate that reads any.

use std::path::Path;

use include_dir::{Dir, include_dir};

use crate::compile;
use crate::connector::Connector;
use crate::fault::{LoadError, LoadErrors};
use crate::summary::Summary;

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../catalog/connectors");

const EMBEDDED_ROOT: &str = "catalog/connectors";

/// Documented examples of the actions, which only tests read.
const EXAMPLES: &str = "examples";

/// One file and the name it is known by in messages.
#[derive(Debug, Clone)]
pub struct Text {
    pub file: String,
    pub text: String,
}

/// The files of one connector, unread.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The folder's name, which is the slug.
    pub folder: String,
    pub connector: Text,
    pub actions: Vec<Text>,
    pub triggers: Option<Text>,
}

/// Whether a connector may call this very server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// It came with the binary.
    Embedded,
    /// Somebody put it into a folder.
    Folder,
    /// A developer wrote it, for an environment of their own.
    Custom,
}

/// The files of one connector that came with the binary.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Embedded(&'static Dir<'static>);

impl Embedded {
    pub(crate) fn slug(self) -> &'static str {
        self.0
            .path()
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default()
    }

    /// Told from the text, so that it need not be read for it.
    pub(crate) fn says_instance(self) -> bool {
        let file = self.0.get_file(self.0.path().join("connector.yaml"));
        let text = file
            .and_then(include_dir::File::contents_utf8)
            .unwrap_or_default();
        text.lines().any(|line| line.trim_end() == "instance: true")
    }

    /// Nothing when a file has a mistake, which the tests of the data rule out.
    pub(crate) fn read(self) -> Option<Connector> {
        let mut errors = Vec::new();
        let sources = self.sources(&mut errors)?;
        compile::connector(&sources, Trust::Embedded, &mut errors).filter(|_| errors.is_empty())
    }

    pub(crate) fn summary(self) -> Option<Summary> {
        let sources = self.sources(&mut Vec::new())?;
        Summary::read(&sources)
    }

    fn sources(self, errors: &mut Vec<LoadError>) -> Option<Sources> {
        let folder = name_of(self.0.path());
        let deeper = self.0.dirs().filter(|dir| name_of(dir.path()) != EXAMPLES);
        let mut files = self
            .0
            .files()
            .chain(deeper.flat_map(Dir::files))
            .map(|file| {
                let name = format!("{EMBEDDED_ROOT}/{}", file.path().display());
                Text {
                    file: name,
                    text: String::from_utf8_lossy(file.contents()).into_owned(),
                }
            });
        gather(folder, EMBEDDED_ROOT, &mut files, errors)
    }
}

pub(crate) fn embedded() -> impl Iterator<Item = Embedded> {
    EMBEDDED.dirs().map(Embedded)
}

pub(crate) fn folder(dir: &Path) -> Result<Vec<Connector>, LoadErrors> {
    let (sources, errors) = folder_sources(dir);
    compile_all(&sources, Trust::Folder, errors)
}

/// Reads every embedded file and says what is wrong with any of them.
pub fn check_embedded() -> Result<(), LoadErrors> {
    let (sources, errors) = embedded_files();
    compile_all(&sources, Trust::Embedded, errors).map(|_| ())
}

/// The embedded files, for tests of the data.
pub fn embedded_files() -> (Vec<Sources>, Vec<LoadError>) {
    let mut errors = Vec::new();
    let sources = embedded().filter_map(|embedded| embedded.sources(&mut errors));
    (sources.collect(), errors)
}

/// Compiles the files of some connectors; all their mistakes come back together.
pub(crate) fn compile_all(
    sources: &[Sources],
    trust: Trust,
    mut errors: Vec<LoadError>,
) -> Result<Vec<Connector>, LoadErrors> {
    let mut connectors = Vec::new();
    for source in sources {
        connectors.extend(compile::connector(source, trust, &mut errors));
    }
    if errors.is_empty() {
        Ok(connectors)
    } else {
        Err(LoadErrors(errors))
    }
}

fn folder_sources(dir: &Path) -> (Vec<Sources>, Vec<LoadError>) {
    let mut errors = Vec::new();
    let mut all = Vec::new();
    for connector in children(dir, &mut errors)
        .into_iter()
        .filter(|path| path.is_dir())
    {
        let actions = connector.join("actions");
        let mut paths = children(&connector, &mut errors);
        if actions.is_dir() {
            paths.extend(children(&actions, &mut errors));
        }
        let mut texts = Vec::new();
        for path in paths.into_iter().filter(|path| is_yaml(path)) {
            match std::fs::read_to_string(&path) {
                Ok(text) => texts.push(Text {
                    file: path.display().to_string(),
                    text,
                }),
                Err(error) => errors.push(unreadable(&path, &error)),
            }
        }
        let root = dir.display().to_string();
        all.extend(gather(
            name_of(&connector),
            &root,
            &mut texts.into_iter(),
            &mut errors,
        ));
    }
    (all, errors)
}

/// Sorts the files of one folder into the connector's own and its actions.
fn gather(
    folder: String,
    root: &str,
    files: &mut dyn Iterator<Item = Text>,
    errors: &mut Vec<LoadError>,
) -> Option<Sources> {
    let mut connector = None;
    let mut actions = Vec::new();
    let mut triggers = None;
    let own = format!("{root}/{folder}/connector.yaml");
    for text in files.filter(|text| is_yaml(Path::new(&text.file))) {
        let path = Path::new(&text.file);
        if path
            .parent()
            .is_some_and(|parent| name_of(parent) == "actions")
        {
            actions.push(text);
        } else if name_of(path) == "connector.yaml" {
            connector = Some(text);
        } else if name_of(path) == "triggers.yaml" {
            triggers = Some(text);
        } else {
            let message = "there is no place for this file; write `connector.yaml`, \
                           `triggers.yaml` and `actions/<id>.yaml`";
            errors.push(plain_error(&text.file, message));
        }
    }
    actions.sort_by(|a, b| a.file.cmp(&b.file));
    if connector.is_none() {
        errors.push(plain_error(
            &own,
            "is missing; every connector's folder has one",
        ));
    }
    connector.map(|connector| Sources {
        folder,
        connector,
        actions,
        triggers,
    })
}

fn children(dir: &Path, errors: &mut Vec<LoadError>) -> Vec<std::path::PathBuf> {
    let read = std::fs::read_dir(dir)
        .and_then(|entries| entries.map(|entry| entry.map(|e| e.path())).collect());
    let mut paths: Vec<_> = read.unwrap_or_else(|error| {
        errors.push(unreadable(dir, &error));
        Vec::new()
    });
    // Editors and version control keep their own files there.
    paths.retain(|path| !name_of(path).starts_with('.'));
    paths.sort();
    paths
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|end| end == "yaml" || end == "yml")
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn unreadable(path: &Path, error: &std::io::Error) -> LoadError {
    plain_error(
        &path.display().to_string(),
        &format!("cannot be read: {error}"),
    )
}

fn plain_error(file: &str, message: &str) -> LoadError {
    LoadError {
        file: file.to_owned(),
        line: None,
        field: None,
        message: message.to_owned(),
    }
}
