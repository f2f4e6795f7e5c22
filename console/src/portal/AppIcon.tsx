import { useTranslations } from '@/i18n/Translations'
import { classes } from '@/ui/classes'
import style from './Apps.module.css'
import type { App } from './context'

/** The first letter, until a connector has a picture of its own. */
export const AppIcon = ({ app }: { app: App }) => (
  <span className={style.icon} aria-hidden="true">
    {app.name.charAt(0).toUpperCase()}
  </span>
)

export function StateChip({ app }: { app: App }) {
  const { t } = useTranslations()
  if (app.connected && app.reauth_required)
    return <span className={classes(style.chip, style.chipReconnect)}>{t('reconnect')}</span>
  if (app.connected)
    return <span className={classes(style.chip, style.chipConnected)}>{t('connected')}</span>
  return <span className={classes(style.chip, style.chipConnect)}>{t('connect')}</span>
}
