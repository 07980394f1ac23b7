//! What the level `restricted` of Pod Security asks of a pod
//! (<https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted>), and what we ask besides.

use serde_json::{Value, json};

/// Everything that is against a pod's spec.
pub(crate) fn violations(spec: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut against = |is_wrong: bool, what: &str| {
        if is_wrong {
            found.push(what.to_owned());
        }
    };
    for field in ["hostNetwork", "hostPID", "hostIPC", "hostUsers", "shareProcessNamespace"] {
        against(!spec[field].is_null(), field);
    }
    against(spec["automountServiceAccountToken"] != false, "a token for the API server");
    against(spec["enableServiceLinks"] != false, "variables of Services");
    let pod = &spec["securityContext"];
    for field in ["sysctls", "seLinuxOptions", "windowsOptions", "supplementalGroups"] {
        against(!pod[field].is_null(), field);
    }
    for volume in spec["volumes"].as_array().unwrap() {
        let kinds: Vec<&String> = volume.as_object().unwrap().keys().filter(|key| *key != "name").collect();
        against(
            !matches!(kinds.as_slice(), [kind] if ["emptyDir", "secret", "projected"].contains(&kind.as_str())),
            "volume",
        );
        let is_bounded = volume["emptyDir"].is_null() || volume["emptyDir"]["sizeLimit"].is_string();
        against(!is_bounded, "an unlimited volume");
    }
    let containers = ["initContainers", "containers"].into_iter().filter_map(|list| spec[list].as_array());
    for container in containers.flatten() {
        let own = &container["securityContext"];
        let either = |field: &str| if own[field].is_null() { pod[field].clone() } else { own[field].clone() };
        against(own["allowPrivilegeEscalation"] != false, "privilege escalation");
        against(own["privileged"] == true, "privileged");
        against(own["capabilities"] != json!({"drop": ["ALL"]}), "capabilities");
        against(either("runAsNonRoot") != true, "root");
        against(either("runAsUser").as_i64().is_none_or(|user| user == 0), "no numeric user");
        against(either("seccompProfile")["type"] != "RuntimeDefault", "seccomp");
        against(own["readOnlyRootFilesystem"] != true, "a file system that can be written");
        against(!own["procMount"].is_null(), "procMount");
        against(!container["lifecycle"].is_null(), "lifecycle");
        against(container["resources"]["limits"]["memory"].is_null(), "unlimited memory");
        for port in container["ports"].as_array().into_iter().flatten() {
            against(!port["hostPort"].is_null(), "hostPort");
        }
    }
    found
}

#[test]
fn the_check_finds_what_is_wrong() {
    let pod = json!({
        "hostNetwork": true,
        "volumes": [{"name": "a", "hostPath": {"path": "/"}}, {"name": "b", "emptyDir": {}}],
        "containers": [{"name": "a", "securityContext": {"runAsUser": 0, "capabilities": {"drop": ["ALL"], "add": ["X"]}}}],
    });
    let expected = [
        "hostNetwork",
        "a token for the API server",
        "variables of Services",
        "volume",
        "an unlimited volume",
        "privilege escalation",
        "capabilities",
        "root",
        "no numeric user",
        "seccomp",
        "a file system that can be written",
        "unlimited memory",
    ];
    assert_eq!(violations(&pod), expected);
}
