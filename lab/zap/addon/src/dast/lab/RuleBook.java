package dast.lab;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.parosproxy.paros.model.OptionsParam;
import org.zaproxy.zap.extension.pscan.PassiveScanRuleManager;
import org.zaproxy.zap.extension.pscan.PassiveScanner;
import org.zaproxy.zap.extension.pscan.PluginPassiveScanner;

/** The passive rules there are. */
final class RuleBook implements PassiveScanRuleManager {

    private final List<PassiveScanner> rules = new CopyOnWriteArrayList<>();
    private final OptionsParam options;

    RuleBook(OptionsParam options) {
        this.options = options;
    }

    /** A rule takes its threshold and whether it is enabled from the configuration. */
    @Override
    public boolean add(PassiveScanner rule) {
        if (rule instanceof PluginPassiveScanner) {
            ((PluginPassiveScanner) rule).setConfig(options.getConfig());
        }
        return rules.add(rule);
    }

    @Override
    public PassiveScanner getScanRule(int id) {
        return getPluginScanRules().stream().filter(rule -> rule.getPluginId() == id).findFirst().orElse(null);
    }

    @Override
    public List<PassiveScanner> getScanRules() {
        return rules;
    }

    @Override
    public List<PluginPassiveScanner> getPluginScanRules() {
        return rules.stream()
                .filter(PluginPassiveScanner.class::isInstance)
                .map(PluginPassiveScanner.class::cast)
                .collect(Collectors.toList());
    }

    @Override
    public boolean remove(PassiveScanner rule) {
        return rules.remove(rule);
    }

    @Override
    public boolean remove(String className) {
        return rules.removeIf(rule -> rule.getClass().getName().equals(className));
    }
}
