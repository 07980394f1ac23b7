# The thresholds of a policy over a list of findings: how many different alerts and how many instances there are of
# each severity, and whether that is over a limit. What somebody marked as a false positive does not count.
package thresholds

import rego.v1

# The alert reference of every instance, by severity: the findings are gone through once for each severity.
references[severity] := [finding.alertRef |
	some finding in input.findings
	finding.severity == severity
	finding.confidence != "FalsePositive"
] if {
	some severity, _ in input.limits
}

counts[severity] := {"alerts": count({reference | some reference in found}), "instances": count(found)} if {
	some severity, found in references
}

over(kind) if {
	some severity, units in input.limits
	some unit, limit in units
	counts[severity][unit] > limit[kind]
}

default verdict := "Pass"

verdict := "Fail" if {
	over("fail")
} else := "Warn" if {
	over("warn")
}
