{{/* The name of all objects of the operator. */}}
{{- define "dast.name" -}}
{{- coalesce .Values.fullnameOverride .Values.nameOverride .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{- define "dast.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "dast.name" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end }}

{{/* Where scans run. Everything in it is theirs, so it cannot be where the operator is. */}}
{{- define "dast.scanNamespace" -}}
{{- $scans := .Values.configuration.scanNamespace | default "dast-scans" -}}
{{- if eq $scans .Release.Namespace -}}
{{- fail (printf "configuration.scanNamespace: `%s` is the release's own namespace: scans need one that is for them alone" $scans) -}}
{{- end -}}
{{- $scans -}}
{{- end }}

{{/* By these the pods are found. The first is what scans may reach, so nobody overrides it. */}}
{{- define "dast.selector" -}}
app.kubernetes.io/name: dast-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "dast.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/part-of: dast
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* The name of all objects of the webhook. */}}
{{- define "dast.webhook" -}}
{{ include "dast.name" . }}-webhook
{{- end }}

{{- define "dast.webhookSelector" -}}
app.kubernetes.io/name: dast-webhook
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The Secret with the operator's certificate, if somebody else makes it. */}}
{{- define "dast.tlsSecret" -}}
{{- if .Values.service.tlsSecretName -}}
{{- .Values.service.tlsSecretName -}}
{{- else if .Values.certManager.enabled -}}
{{- include "dast.name" . }}-tls
{{- end -}}
{{- end }}

{{/* The Secret with the certificate of the webhook, whoever makes it. */}}
{{- define "dast.webhookSecret" -}}
{{- if include "dast.tlsSecret" . -}}
{{- include "dast.webhook" . }}-tls
{{- else -}}
dast-webhook-certificates
{{- end -}}
{{- end }}

{{/* What the pods of the operator, of the webhook, of the hook and of the test have in common. */}}
{{- define "dast.pod" -}}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{- define "dast.container" -}}
{{- include "dast.containerOf" (list . .Values.image) -}}
{{- end }}

{{/* A container of another image: a list of the context and the image. */}}
{{- define "dast.containerOf" -}}
{{- $context := index . 0 -}}
{{- $image := index . 1 -}}
image: {{ printf "%s:%s" $image.repository ($image.tag | default $context.Chart.AppVersion) | quote }}
imagePullPolicy: {{ $image.pullPolicy }}
securityContext:
  {{- toYaml $context.Values.securityContext | nindent 2 }}
{{- end }}

{{/* A binding of a role to the operator: a list of the context, the kind and the name of the role. */}}
{{- define "dast.binding" -}}
{{- $context := index . 0 -}}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ index . 1 }}
  name: {{ index . 2 }}
subjects:
  - kind: ServiceAccount
    name: {{ include "dast.serviceAccount" $context }}
    namespace: {{ $context.Release.Namespace }}
{{- end }}
