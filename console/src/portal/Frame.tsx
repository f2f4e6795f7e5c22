import type { ReactNode } from 'react'
import { type Language, languages } from '@/i18n/language'
import { useTranslations } from '@/i18n/Translations'
import { classes } from '@/ui/classes'
import { useCustomer } from './context'
import style from './Portal.module.css'

/** Around every view: whose page this is, for whom, and the small print. */
export function Frame({ children }: { children: ReactNode }) {
  const { portal } = useCustomer()
  const { navigation } = portal.settings
  return (
    <div
      className={classes(style.frame, navigation !== 'top' && style[navigation])}
      data-navigation={navigation}
    >
      <Head />
      <main className={style.main}>{children}</main>
      <Foot />
    </div>
  )
}

function Head() {
  const { t } = useTranslations()
  const { portal, organization } = useCustomer()
  const { settings, account, environment } = portal
  const test = environment === 'test'
  // The settings may leave nothing to show here.
  if (!settings.show_organization && !settings.show_linked_account && !test) return null
  return (
    <header className={style.head}>
      {settings.show_organization && (
        <div className={style.who}>
          <span className={style.mark} aria-hidden="true">
            {organization.trim().charAt(0).toUpperCase()}
          </span>
          <span>{organization}</span>
        </div>
      )}
      <div className={style.about}>
        {settings.show_linked_account && (
          <span className={style.as}>
            {t('you')} <strong>{account.name || account.account_id}</strong>
          </span>
        )}
        {test && (
          <span className={style.test} title={t('testHint')}>
            {t('testEnvironment')}
          </span>
        )}
      </div>
    </header>
  )
}

function Foot() {
  const { t, language, setLanguage } = useTranslations()
  const { settings } = useCustomer().portal
  return (
    <footer className={style.foot}>
      {settings.terms_url && <Outside href={settings.terms_url}>{t('terms')}</Outside>}
      {settings.privacy_url && <Outside href={settings.privacy_url}>{t('privacy')}</Outside>}
      <select
        aria-label={t('language')}
        value={language}
        onChange={event => setLanguage(event.target.value as Language)}
      >
        {Object.entries(languages).map(([tag, name]) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </select>
      {!settings.remove_branding && <span>{t('poweredBy')}</span>}
    </footer>
  )
}

const Outside = ({ href, children }: { href: string; children: ReactNode }) => (
  <a href={href} target="_blank" rel="noopener noreferrer">
    {children}
  </a>
)
