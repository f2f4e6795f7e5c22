import { useState } from 'react'
import { useTranslations } from '@/i18n/Translations'
import { Button, buttonClass } from '@/ui/Button'
import { classes } from '@/ui/classes'
import style from './Apps.module.css'
import { useCustomer } from './context'

/** Back to the product: to where the link says, else where the settings say. */
export function Finish() {
  const { t } = useTranslations()
  const { portal } = useCustomer()
  const [done, setDone] = useState(false)
  const given = portal.properties.redirect_url
  const url = typeof given === 'string' && given ? given : portal.settings.redirect_url
  if (url) {
    return (
      <div className={style.finish}>
        {/* The product is around this page where it is framed. */}
        <a
          className={classes(buttonClass({ kind: 'primary' }), style.accent)}
          href={url}
          target="_top"
          rel="noreferrer"
        >
          {t('finish')}
        </a>
      </div>
    )
  }
  // A window that a script has opened can be closed by one.
  if (!window.opener) return null
  const close = () => {
    window.close()
    setDone(true)
  }
  return (
    <div className={style.finish}>
      <span role="status">{done && t('done')}</span>
      <Button kind="primary" className={style.accent} onClick={close}>
        {t('finish')}
      </Button>
    </div>
  )
}
