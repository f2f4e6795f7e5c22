import { Page } from '@/ui'

export const TwoFactorPage = () => <Page title="TwoFactorPage">{null}</Page>
