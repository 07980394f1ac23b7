{{/* What the operator registers once the webhook answers: registrations.yaml. */}}
{{- define "dast.registrations" -}}
name: {{ include "dast.webhook" . }}
service:
  name: {{ include "dast.webhook" . }}
  port: 443
mutating:
  # Parks routes that are not proven yet.
  - name: park.dast.security.banzaicloud.io
    path: /mutate
    failurePolicy: {{ .Values.webhook.failurePolicy }}
    # Once is enough, and what it wrote the first time would look like somebody's claim the second: what another webhook undoes
    # is refused by the one that validates.
    reinvocationPolicy: Never
    sideEffects: NoneOnDryRun
    {{- include "dast.registrations.scope" . | nindent 4 }}
    {{- include "dast.registrations.judged" . | nindent 4 }}
validating:
  - name: gate.dast.security.banzaicloud.io
    path: /validate
    failurePolicy: {{ .Values.webhook.failurePolicy }}
    sideEffects: NoneOnDryRun
    {{- include "dast.registrations.scope" . | nindent 4 }}
    {{- include "dast.registrations.judged" . | nindent 4 }}
  {{- if .Values.webhook.breakGlass.enabled }}
  # Records who broke the glass. That works without the webhook, too, which may be why somebody does.
  - name: break-glass.dast.security.banzaicloud.io
    path: /break-glass
    failurePolicy: Ignore
    sideEffects: NoneOnDryRun
    {{- include "dast.registrations.scope" . | nindent 4 }}
    matchConditions:
      {{- include "dast.registrations.changed" . | nindent 6 }}
      - name: breaks-the-glass
        expression: {{ include "dast.registrations.glass" . | quote }}
  {{- end }}
{{- end }}

{{/* Every route outside of the system's namespaces. */}}
{{- define "dast.registrations.scope" -}}
{{- $own := list "kube-system" "kube-public" "kube-node-lease" .Release.Namespace (include "dast.scanNamespace" .) -}}
timeoutSeconds: {{ .Values.webhook.timeoutSeconds }}
admissionReviewVersions: [v1]
matchPolicy: Equivalent
rules:
  - apiGroups: [networking.k8s.io]
    apiVersions: [v1]
    operations: [CREATE, UPDATE]
    # Whoever writes its status may write its annotations by that.
    resources: [ingresses, ingresses/status]
    scope: Namespaced
  - apiGroups: [gateway.networking.k8s.io]
    apiVersions: [v1, v1beta1]
    operations: [CREATE, UPDATE]
    resources: [httproutes]
    scope: Namespaced
  - apiGroups: [gateway.networking.k8s.io]
    apiVersions: [v1]
    operations: [CREATE, UPDATE]
    resources: [grpcroutes]
    scope: Namespaced
namespaceSelector:
  matchExpressions:
    - key: kubernetes.io/metadata.name
      operator: NotIn
      values:
        {{- concat $own .Values.webhook.excludedNamespaces | uniq | toYaml | nindent 8 }}
{{- end }}

{{/* What is judged: what changes, unless somebody who is permitted to breaks the glass. */}}
{{- define "dast.registrations.judged" -}}
matchConditions:
  {{- include "dast.registrations.changed" . | nindent 2 }}
  {{- if .Values.webhook.breakGlass.enabled }}
  - name: does-not-break-the-glass
    expression: {{ printf "!(%s)" (include "dast.registrations.glass" .) | quote }}
  {{- end }}
{{- end }}

{{/* Status, labels and finalizers expose nothing. One that is being deleted may be served for as long as it has a finalizer. */}}
{{- define "dast.registrations.changed" -}}
- name: changes-what-is-exposed
  expression: >-
    request.operation == 'CREATE'
    || (has(object.spec) ? object.spec : null) != (has(oldObject.spec) ? oldObject.spec : null)
    || (has(object.metadata.annotations) ? object.metadata.annotations : {})
    != (has(oldObject.metadata.annotations) ? oldObject.metadata.annotations : {})
{{- end }}

{{/*
The right is one of the whole cluster, and is asked for only of those who say that they use it. Programs do not: one that applies
what others wrote, as GitOps does, often may do everything, and would break the glass for whoever writes the annotation.
*/}}
{{- define "dast.registrations.glass" -}}
has(object.metadata.annotations) && 'dast.security.banzaicloud.io/break-glass' in object.metadata.annotations && !request.userInfo.username.startsWith('system:serviceaccount:') && authorizer.group('security.banzaicloud.io').resource('routes').check('break-glass').allowed()
{{- end }}
